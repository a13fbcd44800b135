/* logits: those of every position of a prompt, as raw numbers, for checks. */
#include <stdio.h>
#include <string.h>

#include "mill-cli-engine.h"
#include "mill-cli.h"

int
mill_cli_logits (int argc, char **argv)
{
  g_autofree char *path = NULL, *ids_path = NULL, *out = NULL, *kv = NULL;
  int chunk = 0;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &path, "The model's file", "MODEL.gguf" },
    { "tokens", 0, 0, G_OPTION_ARG_FILENAME, &ids_path, "A JSON array of token ids", "IDS.json" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &out, "Where the logits go", "OUT" },
    { "kv", 0, 0, G_OPTION_ARG_STRING, &kv, "Type of the KV cache", "f16|f32" },
    { "chunk", 0, 0, G_OPTION_ARG_INT, &chunk, "Prompt tokens a step", "N" },
    { NULL },
  };
  int status;
  if (!mill_cli_parse (&argc, &argv, entries, "-m MODEL.gguf --tokens IDS.json -o OUT [--kv f32|f16] [--chunk N]",
                       "Writes the logits of every token of a prompt: little-endian float32 [tokens][vocabulary].", 0, 0, &status))
    return status;
  if (ids_path == NULL || out == NULL)
    {
      mill_cli_fail ("logits", ids_path == NULL ? "token ids are needed (--tokens IDS.json)" : "an output file is needed (-o OUT)");
      return 2;
    }
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) ids = mill_cli_read_ids (ids_path, &error);
  if (ids == NULL)
    return mill_cli_fail ("logits", "%s", error->message);
  g_autoptr (MillEngine) engine = mill_cli_open_engine ("logits", path, kv, chunk, 0, &status);
  if (engine == NULL)
    return status;

  gsize n = (gsize) ids->len * mill_engine_get_n_vocab (engine);
  g_autofree float *logits = g_try_new (float, MAX (n, 1));
  if (logits == NULL)
    return mill_cli_fail ("logits", "not enough memory for the logits of %u tokens", ids->len);
  if (!mill_engine_logits (engine, (guint32 *) (void *) ids->data, ids->len, logits, &error))
    return mill_cli_fail ("logits", "%s", error->message);
#if G_BYTE_ORDER != G_LITTLE_ENDIAN
  for (gsize i = 0; i < n; i++)
    ((guint32 *) logits)[i] = GUINT32_TO_LE (((guint32 *) logits)[i]);
#endif
  if (!g_file_set_contents (out, (const char *) logits, n * sizeof (float), &error))
    return mill_cli_fail ("logits", "%s", error->message);
  return 0;
}
