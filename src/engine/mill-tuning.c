#include "mill-tuning.h"

#include <string.h>

/* The first row that fits is taken. Kind and subgroup 0 fit any. */
static const struct {
  int        kind; /* MillGpuKind, or -1 */
  guint      subgroup;
  MillTuning tuning;
} table[] = {
  /* Software devices with vectors of 512 bits: 32 registers hold the sums. */
  { MILL_GPU_CPU, 16, { .few_tokens = 8, .decode_rows = 4, .few_rows = 4, .waves = 1,
                        .prompt_rows = 4, .prompt_tokens = 16, .gated_rows = 2, .gated_tokens = 16, .staged = 1,
                        .attention_queries = 4, .chunk = 64, .budget_ms = 100 } },
  /* With 256 bits: 16 registers. */
  { MILL_GPU_CPU, 0, { .few_tokens = 4, .decode_rows = 4, .few_rows = 4, .waves = 1,
                       .prompt_rows = 4, .prompt_tokens = 8, .gated_rows = 2, .gated_tokens = 8, .staged = 1,
                       .attention_queries = 2, .chunk = 64, .budget_ms = 100 } },
  { -1, 0, { .few_tokens = 8, .decode_rows = 1, .few_rows = 1, .waves = 4,
             .prompt_rows = 2, .prompt_tokens = 16, .gated_rows = 1, .gated_tokens = 16,
             .attention_queries = 4, .chunk = 256, .budget_ms = 50 } },
};

void
mill_tuning_for (MillTuning *self, const MillGpuInfo *info)
{
  guint subgroup = info->subgroup_size;
  if (info->kind != MILL_GPU_CPU && info->min_subgroup <= 32 && info->max_subgroup >= 32)
    subgroup = 32;
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if ((table[i].kind < 0 || table[i].kind == (int) info->kind) && (table[i].subgroup == 0 || table[i].subgroup == subgroup))
      {
        *self = table[i].tuning;
        self->subgroup = subgroup;
        return;
      }
  g_assert_not_reached ();
}
