/* detokenize: the token ids on stdin as text. */
#include "engine/mill-tokenizer.h"

#include "mill-cli-ids.h"
#include "mill-cli.h"

int
mill_cli_detokenize (int argc, char **argv)
{
  g_autofree char *path = NULL;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &path, "The model's file", "MODEL.gguf" },
    { NULL },
  };
  int status;
  if (!mill_cli_parse (&argc, &argv, entries, "-m MODEL.gguf < IDS.json",
                       "Writes the text of the token ids on stdin, a JSON array. Special tokens are written out.",
                       0, 0, &status))
    return status;
  if (path == NULL)
    {
      mill_cli_fail ("detokenize", "a model is needed (-m MODEL.gguf)");
      return 2;
    }

  g_autoptr (GError) error = NULL;
  g_autoptr (MillGguf) gguf = mill_gguf_open (path, &error);
  g_autoptr (MillTokenizer) tokenizer = gguf != NULL ? mill_tokenizer_new (gguf, &error) : NULL;
  if (tokenizer == NULL)
    return mill_cli_fail ("detokenize", "%s", error->message);
  gsize length;
  g_autofree char *json = mill_cli_read (NULL, &length, &error);
  g_autoptr (GArray) ids = json != NULL ? mill_cli_parse_ids (json, length, &error) : NULL;
  if (ids == NULL)
    return mill_cli_fail ("detokenize", "the ids could not be read: %s", error->message);

  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < ids->len; i++)
    if (g_array_index (ids, guint32, i) >= mill_tokenizer_get_n_vocab (tokenizer))
      return mill_cli_fail ("detokenize", "token %u is not in the vocabulary of %u tokens", g_array_index (ids, guint32, i),
                            mill_tokenizer_get_n_vocab (tokenizer));
  mill_tokenizer_decode (tokenizer, (const guint32 *) ids->data, ids->len, TRUE, text);
  return mill_cli_write (text->str, text->len) ? 0 : 1;
}
