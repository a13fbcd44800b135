/* Decoding UTF-8, and streaming it in parts. */
#include "mill-utf8.h"

#include <string.h>

#include "mill-tokenizer.h"

static char *
stream (const char *bytes, gsize length, gsize part)
{
  g_autoptr (GString) pending = g_string_new (NULL);
  GString *out = g_string_new (NULL);
  for (gsize at = 0; at < length; at += part)
    {
      mill_utf8_stream (pending, bytes + at, MIN (part, length - at), FALSE, out);
      /* What was given out is whole characters, and no more than a character is kept. */
      g_assert_true (memchr (out->str, 0, out->len) != NULL || g_utf8_validate_len (out->str, out->len, NULL));
      g_assert_cmpuint (pending->len, <, 4);
    }
  mill_utf8_stream (pending, "", 0, TRUE, out);
  g_assert_cmpuint (pending->len, ==, 0);
  return g_string_free (out, FALSE);
}

static void
test_every_character (void)
{
  for (gunichar c = 1; c < 0x110000; c++)
    {
      char bytes[6];
      gunichar back;
      if (c >= 0xd800 && c < 0xe000)
        continue;
      int length = g_unichar_to_utf8 (c, bytes);
      g_assert_cmpint (mill_utf8_decode ((guint8 *) bytes, length, &back), ==, length);
      g_assert_cmpuint (back, ==, c);
      for (int cut = 1; cut < length; cut++)
        g_assert_cmpint (mill_utf8_decode ((guint8 *) bytes, cut, &back), ==, 0);
    }
}

/* Against GLib's validation: every sequence of 4 bytes from those at the edges of the ranges. */
static void
test_edges (void)
{
  static const guint8 edges[] = { 0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
                                  0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff };
  const guint n = G_N_ELEMENTS (edges);
  for (guint i = 0; i < n * n * n * n; i++)
    {
      guint8 bytes[4] = { edges[i % n], edges[i / n % n], edges[i / n / n % n], edges[i / n / n / n] };
      gunichar c;
      int length = mill_utf8_decode (bytes, 4, &c);
      g_assert_cmpint (length, !=, 0);
      gunichar right = g_utf8_get_char_validated ((char *) bytes, 4);
      if (bytes[0] == 0)
        g_assert_cmpint (length, ==, 1);
      else if (length > 0)
        g_assert_cmpuint (c, ==, right);
      else
        {
          g_assert_true (right >= 0x80000000);
          g_assert_cmpint (length, >=, -3);
        }
    }
}

static void
test_replacement (void)
{
  /* The examples of the Unicode Standard, tables 3-8 to 3-11, and what is cut at the end. */
  static const struct {
    const char *bytes, *right;
  } cases[] = {
    { "\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdA" },
    { "\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdA" },
    { "\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", "\ufffd\ufffd\ufffd\ufffd\ufffdA\ufffd\ufffdB" },
    { "\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", "\ufffd\ufffd\ufffd\ufffdA" },
    { "a\xf0\x9f\x99", "a\ufffd" },
    { "a\xf0\x9f\x99\x82z", "a🙂z" },
    { "", "" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize part = 1; part < 10; part++)
      {
        g_autofree char *got = stream (cases[i].bytes, strlen (cases[i].bytes), part);
        g_assert_cmpstr (got, ==, cases[i].right);
      }
}

/* How bytes are parted makes no difference. */
static void
test_parts (void)
{
  for (int round = 0; round < 3000; round++)
    {
      char bytes[24];
      for (gsize i = 0; i < sizeof bytes; i++)
        bytes[i] = g_test_rand_bit () ? g_test_rand_int_range (1, 256) : "\xf0\x9f\x99\x82\xe4\xb8\x80"[i % 7];
      g_autofree char *whole = stream (bytes, sizeof bytes, sizeof bytes);
      g_autofree char *right = g_utf8_make_valid (bytes, sizeof bytes);
      for (gsize part = 1; part < 8; part++)
        {
          g_autofree char *got = stream (bytes, sizeof bytes, part);
          g_assert_cmpstr (got, ==, whole);
        }
      g_assert_true (g_utf8_validate (whole, -1, NULL));
      if (g_utf8_validate_len (bytes, sizeof bytes, NULL))
        g_assert_cmpstr (whole, ==, right);
    }
}

static void
test_nul (void)
{
  g_autoptr (GString) pending = g_string_new (NULL), out = g_string_new (NULL);
  mill_utf8_stream (pending, "a\0b\xc3", 4, FALSE, out);
  g_assert_cmpmem (out->str, out->len, "a\0b", 3);
  mill_utf8_stream (pending, "\xa9", 1, FALSE, out);
  g_assert_cmpmem (out->str, out->len, "a\0b\xc3\xa9", 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/utf8/every-character", test_every_character);
  g_test_add_func ("/utf8/edges", test_edges);
  g_test_add_func ("/utf8/replacement", test_replacement);
  g_test_add_func ("/utf8/parts", test_parts);
  g_test_add_func ("/utf8/nul", test_nul);
  return g_test_run ();
}
