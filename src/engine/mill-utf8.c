#include "mill-utf8.h"

#include "mill-tokenizer.h"

int
mill_utf8_decode (const guint8 *bytes, gsize n, gunichar *character)
{
  guint8 first = bytes[0];
  if (first < 0x80)
    {
      *character = first;
      return 1;
    }
  if (first < 0xc2 || first > 0xf4)
    return -1;
  int length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  /* The second byte's range leaves out overlong forms, surrogates and what is above U+10FFFF. */
  guint8 low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  guint8 high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  gunichar value = first & (0xff >> (length + 1));
  for (int i = 1; i < length; i++)
    {
      if ((gsize) i >= n)
        return 0;
      if (bytes[i] < low || bytes[i] > high)
        return -i;
      value = value << 6 | (bytes[i] & 0x3f);
      low = 0x80;
      high = 0xbf;
    }
  *character = value;
  return length;
}

void
mill_utf8_stream (GString *pending, const char *bytes, gsize n_bytes, gboolean end, GString *out)
{
  g_string_append_len (pending, bytes, n_bytes);
  const guint8 *data = (const guint8 *) pending->str;
  gsize at = 0;
  while (at < pending->len)
    {
      gunichar character;
      int length = mill_utf8_decode (data + at, pending->len - at, &character);
      if (length == 0 && !end)
        break;
      if (length > 0)
        g_string_append_len (out, (const char *) data + at, length);
      else
        g_string_append (out, "\xef\xbf\xbd");
      at += length > 0 ? (gsize) length : length < 0 ? (gsize) -length : pending->len - at;
    }
  g_string_erase (pending, 0, at);
}
