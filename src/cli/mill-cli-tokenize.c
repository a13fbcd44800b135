/* tokenize: the text on stdin as token ids. */
#include "engine/mill-tokenizer.h"

#include <string.h>

#include "mill-cli-ids.h"
#include "mill-cli.h"

int
mill_cli_tokenize (int argc, char **argv)
{
  g_autofree char *path = NULL;
  gboolean no_special = FALSE;
  const GOptionEntry entries[] = {
    { "model", 'm', 0, G_OPTION_ARG_FILENAME, &path, "The model's file", "MODEL.gguf" },
    { "no-special", 0, 0, G_OPTION_ARG_NONE, &no_special, "Take special tokens in the text as plain text", NULL },
    { NULL },
  };
  int status;
  if (!mill_cli_parse (&argc, &argv, entries, "-m MODEL.gguf [--no-special] < TEXT",
                       "Prints the token ids of the text on stdin as one JSON array. No begin token is added.",
                       0, 0, &status))
    return status;
  if (path == NULL)
    {
      mill_cli_fail ("tokenize", "a model is needed (-m MODEL.gguf)");
      return 2;
    }

  g_autoptr (GError) error = NULL;
  g_autoptr (MillGguf) gguf = mill_gguf_open (path, &error);
  g_autoptr (MillTokenizer) tokenizer = gguf != NULL ? mill_tokenizer_new (gguf, &error) : NULL;
  gsize length;
  g_autofree char *text = tokenizer != NULL ? mill_cli_read (NULL, &length, &error) : NULL;
  if (text == NULL)
    return mill_cli_fail ("tokenize", "%s", error->message);
  if (length > G_MAXINT32)
    return mill_cli_fail ("tokenize", "the text is too long");
  g_autoptr (GArray) ids = mill_tokenizer_encode (tokenizer, text, length,
                                                  no_special ? MILL_TOKENIZE_NO_SPECIAL : MILL_TOKENIZE_DEFAULT);
  g_autofree char *json = mill_cli_format_ids (ids);
  return mill_cli_write (json, strlen (json)) ? 0 : 1;
}
