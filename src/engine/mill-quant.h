/* mill-quant.h: the tensor types that GGUF files hold, and their unpacking on the host.
 *
 * Numbers and names are GGUF's own. The host's unpacking is for tests and for repacking at upload.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  MILL_QUANT_F32 = 0, MILL_QUANT_F16 = 1, MILL_QUANT_Q4_0 = 2, MILL_QUANT_Q4_1 = 3, MILL_QUANT_Q5_0 = 6,
  MILL_QUANT_Q5_1 = 7, MILL_QUANT_Q8_0 = 8, MILL_QUANT_Q8_1 = 9, MILL_QUANT_Q2_K = 10, MILL_QUANT_Q3_K = 11,
  MILL_QUANT_Q4_K = 12, MILL_QUANT_Q5_K = 13, MILL_QUANT_Q6_K = 14, MILL_QUANT_Q8_K = 15, MILL_QUANT_IQ4_NL = 20,
  MILL_QUANT_I8 = 24, MILL_QUANT_I16 = 25, MILL_QUANT_I32 = 26, MILL_QUANT_I64 = 27, MILL_QUANT_F64 = 28,
  MILL_QUANT_BF16 = 30,
} MillQuantType;

typedef struct {
  const char *name;        /* "Q4_1" */
  guint       block_size;  /* values a block */
  guint       block_bytes;
} MillQuantInfo;

/* NULL for a number that is not known here. The whole table of GGUF's types is known by name and
 * size, so that a file with one that the engine cannot run is refused by name. */
const MillQuantInfo *mill_quant_get_info (guint type);

/* Unpacks `n` values (a multiple of the block size) to float32. FALSE where the type has no unpacking here. */
gboolean mill_quant_dequantize (MillQuantType type, const void *data, float *out, gsize n);

float   mill_half_to_float (guint16 half);
guint16 mill_float_to_half (float value);

G_END_DECLS
