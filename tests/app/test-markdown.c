/* test-markdown.c: Markdown to blocks: cases whose tree is written out, and what holds for any text. */

#include "app/chat/mill-markdown-document.h"
#include "app/chat/mill-markdown-parser.h"

#include <string.h>

#define CODE "<span font_family=\"monospace\" size=\"92%\" background=\"#808080\" bgalpha=\"16%\">"

static const struct {
  const char *name;
  const char *markdown;
  const char *tree;
} cases[] = {
  { "empty", "", "" },
  { "paragraphs", "One.\n\nTwo\nlines.", "paragraph “One.”\nparagraph “Two\\nlines.”\n" },
  { "emphasis", "*a* **b** ***c*** ~~d~~ `e<f`",
    "paragraph “<i>a</i> <b>b</b> <i><b>c</b></i> <s>d</s> " CODE "e&lt;f</span>”\n" },
  { "markup-is-text", "1 < 2 & <b>not bold</b>", "paragraph “1 &lt; 2 &amp; &lt;b&gt;not bold&lt;/b&gt;”\n" },
  { "entities", "&amp; &copy; &#215; &#x3c; &nothing;", "paragraph “&amp; © × &lt; &amp;nothing;”\n" },
  { "line-break-tag", "a<br>b<br />c", "paragraph “a\\nb\\nc”\n" },
  { "headings", "# One\n\nTwo\n---\n\n### Three", "heading 1 “One”\nheading 2 “Two”\nheading 3 “Three”\n" },
  { "rule", "a\n\n---\n\nb", "paragraph “a”\nrule\nparagraph “b”\n" },
  { "fence", "```python title=x\nif a < b:\n\n    pass\n```", "code python “if a < b:\\n\\n    pass”\n" },
  { "fence-open", "```c\nint a;", "code c “int a;”\n" },
  { "fence-empty", "```\n```", "code “”\n" },
  { "indented-code", "    a\n\n    b", "code “a\\n\\nb”\n" },
  { "quote", "> a\n>\n> > b", "quote\n  paragraph “a”\n  quote\n    paragraph “b”\n" },
  { "list-tight", "- a\n- b\n  - c\n",
    "list tight\n  item\n    paragraph “a”\n  item\n    paragraph “b”\n    list tight\n      item\n        paragraph “c”\n" },
  { "list-loose", "3. a\n\n4. b\n\n   more",
    "list from 3\n  item\n    paragraph “a”\n  item\n    paragraph “b”\n    paragraph “more”\n" },
  { "list-code", "1. Do:\n   ```sh\n   ls\n   ```\n2. Done",
    "list from 1 tight\n  item\n    paragraph “Do:”\n    code sh “ls”\n  item\n    paragraph “Done”\n" },
  { "tasks", "- [ ] a\n- [x] b", "list tight\n  item open\n    paragraph “a”\n  item done\n    paragraph “b”\n" },
  { "table", "| a | b |\n|:--|--:|\n| 1 | **2** |\n| 3 |",
    "table head 1\n  row\n    cell start “a”\n    cell end “b”\n  row\n    cell start “1”\n    cell end “<b>2</b>”\n"
    "  row\n    cell start “3”\n    cell end “”\n" },
  { "link", "[a & b](https://example.org/?x=1&y=2)",
    "paragraph “<a href=\"https://example.org/?x=1&amp;y=2\" title=\"https://example.org/?x=1&amp;y=2\">a &amp; b</a>”\n" },
  { "link-bare", "See https://example.org.",
    "paragraph “See <a href=\"https://example.org\" title=\"https://example.org\">https://example.org</a>.”\n" },
  { "link-refused", "[a](javascript:alert(1)) [b](file:///etc/passwd) [c](relative)", "paragraph “a b c”\n" },
  { "picture", "![A cat](https://example.org/cat.png)",
    "paragraph “<a href=\"https://example.org/cat.png\" title=\"https://example.org/cat.png\">A cat</a>”\n" },
  { "picture-in-link", "[![A](https://a.example/)](https://b.example/)",
    "paragraph “<a href=\"https://b.example/\" title=\"https://b.example/\">A</a>”\n" },
  { "link-defined-later", "[a][1]\n\ntext\n\n[1]: https://example.org\n",
    "paragraph “<a href=\"https://example.org\" title=\"https://example.org\">a</a>”\nparagraph “text”\n" },
  { "not-utf8", "a\377b", "paragraph “a\357\277\275b”\n" },
};

static void
test_case (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GPtrArray) blocks = mill_markdown_parse (cases[i].markdown, -1);
  g_autofree char *tree = mill_markdown_blocks_to_string (blocks);

  g_assert_cmpstr (tree, ==, cases[i].tree);
}

/* Pieces that together make most of what Markdown can be, and what it is not. */
static const char *const pieces[] = {
  "word",    "two words ", "\n",     "\n",      "\n",     "\n\n",    "\n\n",  "- ",     "* ",    "+ item",  "1. ",
  "2) b",    "10. ",       "# ",     "## h",    "```",    "```py\n", "~~~",   "````\n", "> ",    ">q",      "    ",
  "  ",      " ",          "   ",    "\t",      "| a | b |", "|--|:-:|", "|", "---",    "***",   "===",     "**",
  "*",       "_",          "`",      "``",      "~~",     "[a](b)",  "[x](https://e.org/)", "![", "](",   "<b>",  "<br>",
  "&amp;",   "&lt",        "\\",     "https://e.org/a_b", "- [ ] ", "é",    "漢字",  "\360\237\231\202", "<!--", "-->",
  "<div>\n", "\r\n",       "1986. ", "\n- ",    "\n  - ", "\n1. ",   "\n   ```\n", "\n```\n", "\n\n- ", "\n\n  ", "\n  ```\n",
};

/* Lines such as models write. */
static const char *const lines[] = {
  "A sentence of a few words.", "Another one, *with* **marks** and `code`.", "漢字 and é.", "", "", "", "", "",
  "# Heading", "### Deeper", "---", "- item", "- **bold** item:", "* star", "+ plus", "  - nested", "    - nested twice",
  "1. first", "2. second", "10) tenth", "   - under a number", "  indented by two", "   indented by three",
  "    indented by four", "```", "```python", "  ```", "   ```", "   ```sh", "~~~", "> quoted", "> - quoted item", ">",
  "| a | b |", "|---|--:|", "| 1 | 2 |", "a | b", "- [ ] task", "- [x] done", "[link](https://example.org/)",
  "https://example.org/a_b", "for i in range(3):", "    print(i)", "# comment", "1986. A year", "<div>", "$x^2$", "***",
};

static char *
random_answer (guint n_lines)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n_lines; i++)
    {
      const char *line = lines[g_test_rand_int_range (0, G_N_ELEMENTS (lines))];

      /* md4c 0.5.2 reads two empty lines in a list by the place where they stand. */
      if (*line == '\0' && g_str_has_suffix (text->str, "\n\n"))
        continue;
      g_string_append_printf (text, "%s\n", line);
    }
  return g_string_free (text, FALSE);
}

static char *
random_markdown (guint n_pieces)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n_pieces; i++)
    g_string_append (text, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);
  return g_string_free (text, FALSE);
}

static void
check_markup (GPtrArray *blocks)
{
  for (guint i = 0; i < blocks->len; i++)
    {
      MillMarkdownBlock *block = blocks->pdata[i];

      if (block->markup != NULL)
        {
          g_autofree char *whole = g_strdup_printf ("<markup>%s</markup>", block->markup);
          g_autoptr (GMarkupParseContext) context
            = g_markup_parse_context_new (&(GMarkupParser) { 0 }, 0, NULL, NULL);
          g_autoptr (GError) error = NULL;

          g_markup_parse_context_parse (context, whole, -1, &error);
          g_assert_no_error (error);
          g_markup_parse_context_end_parse (context, &error);
          g_assert_no_error (error);
        }
      if (block->text != NULL)
        g_assert_true (g_utf8_validate (block->text, -1, NULL));
      if (block->children != NULL)
        check_markup (block->children);
    }
}

/* Whatever the text, every markup is one that a label can show. */
static void
test_markup_is_valid (void)
{
  for (int i = 0; i < 3000; i++)
    {
      g_autofree char *text = random_markdown (1 + i % 40);
      g_autoptr (GPtrArray) blocks = mill_markdown_parse (text, -1);

      check_markup (blocks);
    }
}

static char *
blocks_of (const char *text)
{
  g_autoptr (GPtrArray) blocks = mill_markdown_parse (text, -1);

  return mill_markdown_blocks_to_string (blocks);
}

/* At every step the blocks are those of the text that is there by then. */
static void
test_growing (void)
{
  for (int i = 0; i < 3000; i++)
    {
      g_autofree char *text = random_answer (1 + i % 40);
      g_autoptr (MillMarkdownDocument) document = mill_markdown_document_new ();
      gsize length = strlen (text), at = 0;

      while (at < length)
        {
          g_autofree char *part = NULL, *expected = NULL, *given = NULL;

          at = MIN (length, at + (gsize) g_test_rand_int_range (1, 30));
          while (at < length && ((guchar) text[at] & 0xc0) == 0x80)
            at++;
          part = g_strndup (text, at);
          mill_markdown_document_set_text (document, part, FALSE);
          /* A last line of marks is left out until it says something. */
          if (at == 0 || strchr ("-=*+#_`~|:> \t.)", text[at - 1]) != NULL || g_ascii_isdigit (text[at - 1]))
            continue;
          expected = blocks_of (part);
          given = mill_markdown_blocks_to_string (mill_markdown_document_get_blocks (document));
          if (strcmp (given, expected) != 0)
            g_test_message ("differs for “%s”", part);
          g_assert_cmpstr (given, ==, expected);
        }
    }
}

/* Any bytes at all: once complete, the blocks are those of the whole. */
static void
test_growing_anything (void)
{
  for (int i = 0; i < 3000; i++)
    {
      g_autofree char *text = random_markdown (1 + i % 80);
      g_autofree char *expected = blocks_of (text);
      g_autofree char *given = NULL;
      g_autoptr (MillMarkdownDocument) document = mill_markdown_document_new ();

      for (gsize at = 1; at < strlen (text); at += 5)
        {
          g_autofree char *part = g_strndup (text, at);

          mill_markdown_document_set_text (document, part, FALSE);
        }
      mill_markdown_document_set_text (document, text, TRUE);
      given = mill_markdown_blocks_to_string (mill_markdown_document_get_blocks (document));
      g_assert_cmpstr (given, ==, expected);
    }
}

/* A plain answer of many blocks costs about its own length to show while it grows, not its square. */
static void
test_growing_cost (void)
{
  g_autoptr (MillMarkdownDocument) document = mill_markdown_document_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_blocks = 0;

  for (int i = 0; i < 300; i++)
    {
      static const char *const blocks[] = {
        "A paragraph of some words that a model might have written here.\n\n",
        "- one\n- two\n  - three\n\n",
        "```python\nfor i in range(3):\n\n    print(i)\n```\n\n",
        "1. First:\n   ```sh\n   - not a list\n   ```\n2. Second\n\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
        "## Heading\n\n",
      };
      const char *block = blocks[i % G_N_ELEMENTS (blocks)];

      for (const char *p = block; *p != '\0'; p++)
        {
          g_string_append_c (text, *p);
          mill_markdown_document_set_text (document, text->str, FALSE);
        }
      n_blocks++;
    }
  /* Each step parses the current part only: at most two blocks' length. */
  g_assert_cmpuint (mill_markdown_document_get_parsed_bytes (document), <, text->len * 160);
  g_assert_cmpuint (mill_markdown_document_get_blocks (document)->len, ==, n_blocks);
}

static void
test_first_changed (void)
{
  g_autoptr (MillMarkdownDocument) document = mill_markdown_document_new ();

  g_assert_cmpuint (mill_markdown_document_set_text (document, "One.\n\nTw", FALSE), ==, 0);
  g_assert_cmpuint (mill_markdown_document_set_text (document, "One.\n\nTwo.", FALSE), ==, 1);
  g_assert_cmpuint (mill_markdown_document_set_text (document, "One.\n\nTwo.\n\nThree", FALSE), ==, 2);
  g_assert_cmpuint (mill_markdown_document_set_text (document, "One.\n\nTwo.\n\nThree", TRUE), ==, 3);
  g_assert_cmpuint (mill_markdown_document_set_text (document, "One.\n\nThree", TRUE), ==, 1);
  /* A mark alone says nothing yet. */
  g_assert_cmpuint (mill_markdown_document_set_text (document, "One.\n\nThree\n-", FALSE), ==, 2);
}

/* Nesting a thousand deep is no deeper than a window can show. */
static void
test_depth (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GPtrArray) blocks = NULL;
  GPtrArray *children;
  guint depth = 0;

  for (int i = 0; i < 1000; i++)
    g_string_append (text, i % 2 == 0 ? "> " : "- ");
  g_string_append (text, "deep");
  blocks = mill_markdown_parse (text->str, -1);
  children = blocks;
  while (children != NULL && children->len > 0)
    {
      depth++;
      children = ((MillMarkdownBlock *) children->pdata[0])->children;
    }
  g_assert_cmpuint (depth, <=, 2 * MILL_MARKDOWN_MAX_DEPTH + 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/app/markdown/%s", cases[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
    }
  g_test_add_func ("/app/markdown/markup-is-valid", test_markup_is_valid);
  g_test_add_func ("/app/markdown/growing", test_growing);
  g_test_add_func ("/app/markdown/growing-anything", test_growing_anything);
  g_test_add_func ("/app/markdown/growing-cost", test_growing_cost);
  g_test_add_func ("/app/markdown/first-changed", test_first_changed);
  g_test_add_func ("/app/markdown/depth", test_depth);
  return g_test_run ();
}
