/* mill-shaders.h: the compiled kernels, embedded by shaders/embed.py. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const char    *name;  /* the kernel's file name, and its variant: "matvec-q4_1" */
  const guint32 *words; /* SPIR-V */
  gsize          n_words;
} MillShader;

extern const MillShader mill_shaders[];
extern const guint      mill_n_shaders;

G_END_DECLS
