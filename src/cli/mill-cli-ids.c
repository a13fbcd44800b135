#include "mill-cli-ids.h"

#include <errno.h>
#include <json-glib/json-glib.h>
#include <unistd.h>

static char *
read_stdin (gsize *length, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 buffer[65536];
  for (;;)
    {
      gssize n = read (STDIN_FILENO, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          int number = errno;
          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "%s", g_strerror (number));
          return NULL;
        }
      if (n == 0)
        break;
      if (bytes->len > G_MAXUINT - sizeof buffer - 1)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "the input is too long");
          return NULL;
        }
      g_byte_array_append (bytes, buffer, n);
    }
  *length = bytes->len;
  g_byte_array_append (bytes, (const guint8 *) "", 1);
  return (char *) g_byte_array_free (g_steal_pointer (&bytes), FALSE);
}

char *
mill_cli_read (const char *path, gsize *length, GError **error)
{
  char *contents = NULL;
  if (path == NULL)
    return read_stdin (length, error);
  return g_file_get_contents (path, &contents, length, error) ? contents : NULL;
}

GArray *
mill_cli_parse_ids (const char *json, gsize length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  if (length > G_MAXSSIZE || !json_parser_load_from_data (parser, json, length, error))
    return NULL;
  JsonNode *root = json_parser_get_root (parser);
  JsonArray *array = root != NULL && JSON_NODE_HOLDS_ARRAY (root) ? json_node_get_array (root) : NULL;
  if (array == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "it is not a JSON array of token ids");
      return NULL;
    }
  guint n = json_array_get_length (array);
  g_autoptr (GArray) ids = g_array_sized_new (FALSE, FALSE, sizeof (guint32), n);
  for (guint i = 0; i < n; i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      gboolean whole = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64;
      gint64 number = whole ? json_node_get_int (node) : -1;
      guint32 id = number;
      if (number < 0 || number >= G_MAXUINT32)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "element %u of the array is not a token id", i);
          return NULL;
        }
      g_array_append_val (ids, id);
    }
  return g_steal_pointer (&ids);
}

char *
mill_cli_format_ids (const GArray *ids)
{
  GString *text = g_string_new ("[");
  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? ", " : "", g_array_index (ids, guint32, i));
  g_string_append (text, "]\n");
  return g_string_free (text, FALSE);
}
