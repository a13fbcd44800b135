/* mill-jinja-format.h: Python's two ways to format: "%s" % x and "{}".format (x). */
#pragma once

#include "mill-jinja-render.h"

G_BEGIN_DECLS

typedef struct _JinjaArgs JinjaArgs;

/* text % value, where value is a tuple of arguments, a dict, or one argument. A markup text escapes
 * what it takes in. */
JinjaValue *jinja_format_percent (JinjaRender *render, JinjaValue *text, JinjaValue *value);

/* text.format (…); `map` NULL or a dict to take names from. */
JinjaValue *jinja_format_braces (JinjaRender *render, JinjaValue *text, const JinjaArgs *args, JinjaValue *map);

/* How one value is laid out: [[fill]align][sign][#][0][width][,][.precision][type]. */
typedef struct {
  gunichar fill;      /* 0: a space */
  char     align;     /* '<', '>', '^', '=' (after the sign), or 0 */
  char     sign;      /* '+', ' ', '-' or 0 */
  gboolean alternate; /* '#' */
  gboolean zero;
  gsize    width;
  char     grouping;  /* ',', '_' or 0 */
  gssize   precision; /* -1: none */
  char     type;      /* 0: none */
} JinjaSpec;

gboolean jinja_spec_parse (JinjaRender *render, JinjaSpec *spec, const char *text, gsize n_bytes);

/* format (value, spec): appends. */
gboolean jinja_format_value (JinjaRender *render, GString *out, JinjaValue *value, const JinjaSpec *spec);

/* A text and a number by themselves, for both kinds of formatting. */
gboolean jinja_format_text (JinjaRender *render, GString *out, const char *text, gsize n_bytes, const JinjaSpec *spec);
gboolean jinja_format_integer (JinjaRender *render, GString *out, JinjaValue *integer, const JinjaSpec *spec);
gboolean jinja_format_float (JinjaRender *render, GString *out, double value, const JinjaSpec *spec);

G_END_DECLS
