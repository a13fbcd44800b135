/* What to call a model file. */
#include "mill-model-name.h"

#include <string.h>

/* File names that say nothing: programs' defaults, and checksums as in content-addressed stores. */
static gboolean
tells_nothing (const char *name)
{
  static const char *const defaults[] = { "model", "ggml-model", "ggml model", "pytorch_model", "consolidated" };
  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (g_ascii_strcasecmp (name, defaults[i]) == 0)
      return TRUE;
  gsize digits = strspn (name, "0123456789abcdefABCDEF");
  return *name == '\0' || g_str_has_prefix (name, "sha256") || (name[digits] == '\0' && digits >= 32);
}

/* Takes a quantisation's name (Q4_1, IQ4_NL, BF16, …) and what parts it from the rest off the end. */
static void
strip_quantisation (char *name)
{
  g_autoptr (GRegex) regex = g_regex_new ("[-._ ](i?q[0-9](_[0-9a-z]+)*|bf16|f16|f32|fp16|fp32|mxfp4)$", G_REGEX_CASELESS, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  int start;
  if (g_regex_match (regex, name, 0, &match) && g_match_info_fetch_pos (match, 0, &start, NULL) && start > 0)
    name[start] = '\0';
}

char *
mill_model_name (const char *path, const char *general_name)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = g_filename_display_name (base);
  gsize length = strlen (name);
  if (length > 5 && g_ascii_strcasecmp (name + length - 5, ".gguf") == 0)
    name[length - 5] = '\0';
  strip_quantisation (name);
  if (tells_nothing (name) && general_name != NULL && *general_name != '\0')
    return g_strdup (general_name);
  g_strdelimit (name, "-_", ' ');
  g_strstrip (name);
  return *name != '\0' ? g_steal_pointer (&name) : g_strdup (base);
}
