/* Unpacking of every type, against the same tensors in float32. */
#include "mill-gguf.h"

#include <math.h>
#include <string.h>

static void
test_half_all (void)
{
  /* Every half goes to float and back; the values are checked by their definition. */
  for (guint bits = 0; bits < 0x10000; bits++)
    {
      float value = mill_half_to_float (bits);
      int exponent = bits >> 10 & 31, mantissa = bits & 1023;
      if (exponent == 31)
        {
          g_assert_true (mantissa != 0 ? isnan (value) : isinf (value));
          if (mantissa != 0)
            continue;
        }
      else
        {
          double want = exponent == 0 ? ldexp (mantissa, -24) : ldexp (1024 + mantissa, exponent - 25);
          g_assert_cmpfloat (value, ==, bits & 0x8000 ? -want : want);
        }
      g_assert_cmpuint (mill_float_to_half (value), ==, bits);
    }
}

static void
test_half_rounding (void)
{
  /* Between neighbours: below the middle down, above it up, at it to the even one. */
  for (guint bits = 0; bits < 0x7bff; bits++)
    {
      float low = mill_half_to_float (bits), high = mill_half_to_float (bits + 1), middle = (low + high) / 2;
      g_assert_cmpuint (mill_float_to_half (nextafterf (middle, low)), ==, bits);
      g_assert_cmpuint (mill_float_to_half (nextafterf (middle, high)), ==, bits + 1);
      g_assert_cmpuint (mill_float_to_half (middle), ==, bits + (bits & 1));
      g_assert_cmpuint (mill_float_to_half (-middle), ==, 0x8000 | (bits + (bits & 1)));
    }
  g_assert_cmpuint (mill_float_to_half (65519.99f), ==, 0x7bff);
  g_assert_cmpuint (mill_float_to_half (65520.0f), ==, 0x7c00);
  g_assert_cmpuint (mill_float_to_half (1e30f), ==, 0x7c00);
  g_assert_cmpuint (mill_float_to_half (-1e-30f), ==, 0x8000);
  g_assert_true (isnan (mill_half_to_float (mill_float_to_half (NAN))));
}

static void
test_table (void)
{
  g_assert_null (mill_quant_get_info (4));
  g_assert_null (mill_quant_get_info (1000));
  g_assert_null (mill_quant_get_info (G_MAXUINT));
  g_assert_cmpstr (mill_quant_get_info (MILL_QUANT_Q4_1)->name, ==, "Q4_1");
  g_assert_cmpstr (mill_quant_get_info (16)->name, ==, "IQ2_XXS");
  /* A type without unpacking says so. */
  guint8 block[512] = { 0 };
  float out[256];
  g_assert_false (mill_quant_dequantize (16, block, out, 256));
  g_assert_false (mill_quant_dequantize (1000, block, out, 256));
}

static float *
unpack (const MillGgufTensor *tensor, gsize *n)
{
  *n = tensor->dims[0] * tensor->dims[1] * tensor->dims[2] * tensor->dims[3];
  float *values = g_new (float, *n);
  g_assert_true (mill_quant_dequantize (tensor->type, tensor->data, values, *n));
  return values;
}

/* The root mean square of the difference, relative to that of the right values. */
static double
relative_error (const float *values, const float *right, gsize n)
{
  double difference = 0, power = 0;
  for (gsize i = 0; i < n; i++)
    {
      difference += (double) (values[i] - right[i]) * (values[i] - right[i]);
      power += (double) right[i] * right[i];
    }
  return sqrt (difference / power);
}

/* What rounding to so many bits a weight leaves, with room; a wrong layout gives 1 or more. */
static double
tolerance (MillQuantType type)
{
  switch ((int) type)
    {
    case MILL_QUANT_F32: return 0;
    case MILL_QUANT_F16: return 3e-4;
    case MILL_QUANT_BF16: return 3e-3;
    case MILL_QUANT_Q8_0: return 0.01;
    case MILL_QUANT_Q6_K: return 0.03;
    case MILL_QUANT_Q5_0: case MILL_QUANT_Q5_1: case MILL_QUANT_Q5_K: return 0.06;
    case MILL_QUANT_Q4_0: case MILL_QUANT_Q4_1: case MILL_QUANT_Q4_K: case MILL_QUANT_IQ4_NL: return 0.12;
    case MILL_QUANT_Q3_K: return 0.22;
    default: return 0.4;
    }
}

static const struct {
  const char *file, *right;
} files[] = {
  { "qwen2-q8_0", "qwen2-f32" }, { "qwen2-q4_0", "qwen2-f32" }, { "qwen2-q4_1", "qwen2-f32" },
  { "qwen2-q5_0", "qwen2-f32" }, { "qwen2-q5_1", "qwen2-f32" }, { "qwen2-q2_k", "qwen2-f32" },
  { "qwen2-q3_k_m", "qwen2-f32" }, { "qwen2-q4_k_m", "qwen2-f32" }, { "qwen2-q5_k_m", "qwen2-f32" },
  { "qwen2-q6_k", "qwen2-f32" }, { "qwen2-iq4_nl", "qwen2-f32" }, { "llama3-rope-f16", "llama3-rope-f32" },
  { "llama3-rope-bf16", "llama3-rope-f32" }, { "deepseek2-v3-q4_k_m", "deepseek2-v3-f32" },
  { "deepseek2-v3-q2_k", "deepseek2-v3-f32" },
};

static MillGguf *
open_reference (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".gguf", NULL);
  g_autofree char *path = g_build_filename (g_getenv ("MILLRACE_REFERENCE"), "models", file, NULL);
  g_autoptr (GError) error = NULL;
  MillGguf *gguf = mill_gguf_open (path, &error);
  g_assert_no_error (error);
  return gguf;
}

static void
test_reference (gconstpointer data)
{
  gsize index = GPOINTER_TO_SIZE (data);
  g_autofree char *folder = g_build_filename (g_getenv ("MILLRACE_REFERENCE") ? g_getenv ("MILLRACE_REFERENCE") : "/",
                                              "models", NULL);
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      g_test_skip ("the reference models are not here (MILLRACE_REFERENCE)");
      return;
    }
  g_autoptr (MillGguf) gguf = open_reference (files[index].file), right = open_reference (files[index].right);
  g_assert_cmpuint (mill_gguf_get_n_tensors (gguf), ==, mill_gguf_get_n_tensors (right));
  for (gsize i = 0; i < mill_gguf_get_n_tensors (gguf); i++)
    {
      const MillGgufTensor *tensor = mill_gguf_get_tensor (gguf, i);
      const MillGgufTensor *other = mill_gguf_find_tensor (right, tensor->name);
      gsize n, m;
      g_assert_nonnull (other);
      g_autofree float *values = unpack (tensor, &n);
      g_autofree float *rights = unpack (other, &m);
      g_assert_cmpuint (n, ==, m);
      double error = relative_error (values, rights, n);
      g_test_message ("%s %s: %.5f", tensor->name, mill_quant_get_info (tensor->type)->name, error);
      g_assert_cmpfloat (error, <=, tolerance (tensor->type));
      mill_gguf_release_pages (gguf, tensor->data, tensor->n_bytes);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quant/half/all", test_half_all);
  g_test_add_func ("/quant/half/rounding", test_half_rounding);
  g_test_add_func ("/quant/table", test_table);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_strconcat ("/quant/reference/", files[i].file, NULL);
      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_reference);
    }
  return g_test_run ();
}
