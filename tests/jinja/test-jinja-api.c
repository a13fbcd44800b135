/* The API: values, JSON, templates, limits. What the language gives is in test-jinja-cases.c. */
#include <glib.h>
#include <pthread.h>
#include <string.h>

#include "mill-jinja.h"

static char *
render_with (const char *source, MillJinjaEnvironment environment, MillJinjaValue *vars, const MillJinjaLimits *limits,
             GError **error)
{
  g_autoptr (MillJinjaTemplate) template = mill_jinja_template_new (source, -1, environment, error);
  return template != NULL ? mill_jinja_template_render (template, vars, limits, NULL, error) : NULL;
}

static void
assert_renders (const char *source, MillJinjaValue *vars, const char *due)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = render_with (source, MILL_JINJA_CHAT, vars, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, due);
}

static void
assert_fails (const char *source, MillJinjaValue *vars, const MillJinjaLimits *limits, MillJinjaError code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = render_with (source, MILL_JINJA_PLAIN, vars, limits, &error);
  g_assert_null (text);
  g_assert_error (error, MILL_JINJA_ERROR, (int) code);
}

/* Values ------------------------------------------------------------------------------------------ */

static MillJinjaValue *
make_message (const char *role, const char *content)
{
  MillJinjaValue *message = mill_jinja_map_new ();
  mill_jinja_map_set (message, "role", mill_jinja_string_new (role));
  mill_jinja_map_set (message, "content", mill_jinja_string_new (content));
  return message;
}

static void
test_values_made_by_hand (void)
{
  g_autoptr (MillJinjaValue) vars = mill_jinja_map_new ();
  MillJinjaValue *messages = mill_jinja_list_new ();
  mill_jinja_list_add (messages, make_message ("system", "Be brief."));
  mill_jinja_list_add (messages, make_message ("user", "Hi 你好"));
  mill_jinja_map_set (vars, "messages", messages);
  mill_jinja_map_set (vars, "add_generation_prompt", mill_jinja_bool_new (TRUE));
  mill_jinja_map_set (vars, "nothing", mill_jinja_none_new ());
  mill_jinja_map_set (vars, "n", mill_jinja_int_new (G_MININT64));
  mill_jinja_map_set (vars, "x", mill_jinja_float_new (0.1));
  g_assert_true (mill_jinja_value_is_map (vars));
  assert_renders ("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<a>{% endif %}"
                  " {{ nothing }} {{ n }} {{ x }} {{ messages[1].content | length }}",
                  vars, "<system>Be brief.<user>Hi 你好<a> None -9223372036854775808 0.1 5");
}

static void
test_map_keeps_order_and_replaces (void)
{
  g_autoptr (MillJinjaValue) vars = mill_jinja_map_new ();
  MillJinjaValue *map = mill_jinja_map_new ();
  for (int i = 0; i < 100; i++)
    {
      g_autofree char *key = g_strdup_printf ("k%d", 99 - i);
      mill_jinja_map_set (map, key, mill_jinja_int_new (i * 1000));
    }
  mill_jinja_map_set (map, "k98", mill_jinja_string_new ("new"));
  mill_jinja_map_set (vars, "map", map);
  assert_renders ("{{ map | length }} {{ (map | list)[:3] }} {{ map.k98 }} {{ map.k0 }} {{ map.k99 }}", vars,
                  "100 ['k99', 'k98', 'k97'] new 99000 0");
}

static void
test_strings_are_mended (void)
{
  g_autoptr (MillJinjaValue) vars = mill_jinja_map_new ();
  mill_jinja_map_set (vars, "bad", mill_jinja_string_new_len ("a\xff" "b\xe4\xbd", 5));
  mill_jinja_map_set (vars, "nul", mill_jinja_string_new_len ("a\0b", 3));
  assert_renders ("{{ bad }} {{ bad | length }} {{ nul | length }} {{ nul[2] }}", vars, "a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd 5 3 b");

  gsize length;
  g_autoptr (GError) error = NULL;
  g_autoptr (MillJinjaTemplate) template = mill_jinja_template_new ("x{{ nul }}y", -1, MILL_JINJA_PLAIN, &error);
  g_autofree char *text = mill_jinja_template_render (template, vars, NULL, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (text, length + 1, "xa\0by", 6);
}

static void
test_deep_values_are_freed (void)
{
  /* Far deeper than the stack could follow. */
  MillJinjaValue *value = mill_jinja_none_new ();
  for (int i = 0; i < 1000000; i++)
    {
      MillJinjaValue *list = mill_jinja_list_new ();
      mill_jinja_list_add (list, value);
      value = list;
    }
  g_autoptr (MillJinjaValue) vars = mill_jinja_map_new ();
  mill_jinja_map_set (vars, "deep", value);
  assert_renders ("{{ deep | length }}{{ deep[0][0] | length }}", vars, "11");
  assert_fails ("{{ deep }}", vars, NULL, MILL_JINJA_ERROR_LIMIT);
}

static void
test_shared_values (void)
{
  g_autoptr (MillJinjaValue) shared = mill_jinja_list_new ();
  mill_jinja_list_add (shared, mill_jinja_int_new (5000));
  g_autoptr (MillJinjaValue) vars = mill_jinja_map_new ();
  mill_jinja_map_set (vars, "a", mill_jinja_value_ref (shared));
  mill_jinja_map_set (vars, "b", mill_jinja_value_ref (shared));
  assert_renders ("{{ a }}{{ b }}{{ a == b }}", vars, "[5000][5000]True");
}

/* JSON -------------------------------------------------------------------------------------------- */

static void
assert_json (const char *json, const char *due)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MillJinjaValue) vars = mill_jinja_map_new ();
  MillJinjaValue *value = mill_jinja_value_new_from_json (json, -1, &error);
  g_assert_no_error (error);
  mill_jinja_map_set (vars, "v", value);
  assert_renders ("{{ v | tojson }}", vars, due);
}

static void
test_json (void)
{
  assert_json ("{\"b\": 1, \"a\": [true, false, null, 1.0, -0.0, 1e3, 12345678901234567890123], \"b\": 2}",
               "{\"b\": 2, \"a\": [true, false, null, 1.0, -0.0, 1000.0, 12345678901234567890123]}");
  assert_json (" [ \"\\u00e9\\ud83d\\ude00\\n\\\"\\\\\\/\" , { } , [ ] ] ", "[\"é😀\\n\\\"\\\\/\", {}, []]");
  assert_json ("\"\\ud800x\\udc00\"", "\"\xef\xbf\xbdx\xef\xbf\xbd\"");
  assert_json ("[NaN, Infinity, -Infinity, 1E5, 0, -0, 9223372036854775807, -9223372036854775808, 9223372036854775808]",
               "[NaN, Infinity, -Infinity, 100000.0, 0, 0, 9223372036854775807, -9223372036854775808, 9223372036854775808]");
  assert_json ("\xef\xbb\xbf[1]", "[1]");
}

static void
test_json_errors (void)
{
  static const struct { const char *json, *message; } bad[] = {
    { "", "line 1, column 1: " },          { "[1,]", "line 1, column 4: " },     { "[1 2]", "line 1, column 4: " },
    { "{\"a\" 1}", "line 1, column 6: " }, { "{a: 1}", "line 1, column 2: " },   { "\"abc", "line 1, column 1: " },
    { "\"\\x\"", "line 1, column 2: " },   { "[\n\n01]", "line 3, column 1: " }, { "\"é\", 1", "line 1, column 4: " },
    { "[1] x", "line 1, column 5: " },     { "-", "line 1, column 1: " },        { "tru", "line 1, column 1: " },
    { "\"\t\"", "line 1, column 2: " },    { "[\"\xff\"]", "line 1, column 3: " }, { "{\"a\":1,}", "line 1, column 8: " },
    { "\"\\u12\"", "line 1, column 2: " }, { "1.", "line 1, column 2: " },       { "{", "line 1, column 2: " },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (mill_jinja_value_new_from_json (bad[i].json, -1, &error));
      g_assert_error (error, MILL_JINJA_ERROR, MILL_JINJA_ERROR_JSON);
      g_assert_true (g_str_has_prefix (error->message, bad[i].message));
    }
}

static void
test_json_depth (void)
{
  for (int extra = 0; extra < 2; extra++)
    {
      g_autoptr (GString) json = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      for (int i = 0; i < MILL_JINJA_MAX_NESTING + extra; i++)
        g_string_append_c (json, '[');
      for (int i = 0; i < MILL_JINJA_MAX_NESTING + extra; i++)
        g_string_append_c (json, ']');
      g_autoptr (MillJinjaValue) value = mill_jinja_value_new_from_json (json->str, (gssize) json->len, &error);
      g_assert_true ((value != NULL) == (extra == 0));
    }
}

/* Cut at any byte, or with any byte changed, JSON is read or refused, and nothing else happens. */
static void
test_json_damaged (void)
{
  static const char json[] = "{\"k\": [1, -2.5e+10, \"a\\u00e9\\ud83d\\ude00\\n\", true, null, {\"\": 123456789012345678901}]}";
  for (gsize cut = 0; cut < sizeof json; cut++)
    {
      g_autofree char *copy = g_memdup2 (json, cut + 1); /* no byte more, for the sanitizer */
      g_autoptr (MillJinjaValue) value = mill_jinja_value_new_from_json (copy, (gssize) cut, NULL);
      g_assert_true ((value != NULL) == (cut == sizeof json - 1));
      for (int c = 0; c < 256 && cut < sizeof json - 1; c++)
        {
          g_autofree char *changed = g_memdup2 (json, sizeof json - 1);
          changed[cut] = (char) c;
          g_autoptr (MillJinjaValue) other = mill_jinja_value_new_from_json (changed, sizeof json - 1, NULL);
        }
    }
}

/* Templates --------------------------------------------------------------------------------------- */

static void
test_template_reads (void)
{
  g_autoptr (MillJinjaTemplate) template
    = mill_jinja_template_new ("{% for m in messages %}{{ m.tools }}{% endfor %}{% set x = 1 %}{{ 'bos' }}{{ y['z'] }}", -1,
                               MILL_JINJA_CHAT, NULL);
  static const struct { const char *name; gboolean reads; } names[] = {
    { "messages", TRUE }, { "m", TRUE }, { "tools", FALSE }, { "x", FALSE }, { "bos", FALSE }, { "y", TRUE }, { "z", FALSE },
    { "loop", FALSE },    { "", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (mill_jinja_template_reads (template, names[i].name) == names[i].reads);
}

/* A template that changes its variables changes copies. */
static void
test_variables_stay (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MillJinjaValue) vars = mill_jinja_value_new_from_json ("{\"l\": [1, [2]], \"d\": {\"a\": 1}}", -1, &error);
  g_autoptr (MillJinjaTemplate) template
    = mill_jinja_template_new ("{{ l.append(9) }}{{ l[1].clear() }}{{ d.update(b=2) }}{{ l }}{{ d }}", -1, MILL_JINJA_PLAIN, &error);
  for (int i = 0; i < 3; i++)
    {
      g_autofree char *text = mill_jinja_template_render (template, vars, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, "NoneNoneNone[1, [], 9]{'a': 1, 'b': 2}");
    }
}

static void
test_errors_name_kind_and_line (void)
{
  static const struct { const char *source; MillJinjaError code; const char *message; } bad[] = {
    { "a\n{{ 1 + }}", MILL_JINJA_ERROR_SYNTAX, "line 2: unexpected “}}”" },
    { "a\n\n{{ missing.x }}", MILL_JINJA_ERROR_RENDER, "line 3: 'missing' is undefined" },
    { "{{\n raise_exception('no\nway')}}", MILL_JINJA_ERROR_RAISED, "line 2: no\nway" },
    { "{% macro m() %}{{ m() }}{% endmacro %}\n{{ m() }}", MILL_JINJA_ERROR_LIMIT, "line 1: nested too deeply" },
    { "a\n\xff", MILL_JINJA_ERROR_SYNTAX, "line 2: not UTF-8" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = render_with (bad[i].source, MILL_JINJA_CHAT, NULL, NULL, &error);
      g_assert_null (text);
      g_assert_error (error, MILL_JINJA_ERROR, (int) bad[i].code);
      g_assert_cmpstr (error->message, ==, bad[i].message);
    }
}

static gpointer
render_in_thread (gpointer data)
{
  gpointer *shared = data;
  for (int i = 0; i < 50; i++)
    {
      g_autofree char *text = mill_jinja_template_render (shared[0], shared[1], NULL, NULL, NULL);
      g_assert_cmpstr (text, ==, "0:a1000,1:b2000,{\"k\": [\"a\", \"b\"]}");
    }
  return NULL;
}

static void
test_threads_share (void)
{
  g_autoptr (MillJinjaValue) vars = mill_jinja_value_new_from_json ("{\"l\": [[\"a\", 1000], [\"b\", 2000]]}", -1, NULL);
  g_autoptr (MillJinjaTemplate) template
    = mill_jinja_template_new ("{% macro m(i, x) %}{{ i }}:{{ x | join }},{% endmacro %}{% for x in l %}{{ m(loop.index0, x) }}"
                               "{% endfor %}{{ {'k': l | map('first') | list} | tojson }}", -1, MILL_JINJA_CHAT, NULL);
  gpointer shared[] = { template, vars };
  GThread *threads[4];
  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("render", render_in_thread, shared);
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
}

/* Limits ------------------------------------------------------------------------------------------ */

static void
test_limit_of_steps (void)
{
  const MillJinjaLimits limits = { .max_steps = 10000 };
  assert_fails ("{% for i in range(10 ** 9) %}{% endfor %}", NULL, &limits, MILL_JINJA_ERROR_LIMIT);
  assert_fails ("{{ range(10 ** 9) | select('odd') | first if false else range(10 ** 9) | reject('defined') | list }}", NULL,
                &limits, MILL_JINJA_ERROR_LIMIT);
  assert_fails ("{{ 'a' * 10 ** 8 in 'b' * 10 ** 8 }}", NULL, &limits, MILL_JINJA_ERROR_LIMIT);
  assert_fails ("{% for i in range(9) recursive %}{{ loop(range(9)) }}{% endfor %}", NULL, &limits, MILL_JINJA_ERROR_LIMIT);
}

static void
test_limit_of_memory (void)
{
  const MillJinjaLimits limits = { .max_memory = 1 << 20 };
  static const char *const hungry[] = {
    "{{ 'a' * 10 ** 7 }}", "{{ [0] * 10 ** 6 }}", "{{ range(10 ** 6) | list }}", "{{ 'a' | center(10 ** 7) }}",
    "{% set ns = namespace(s='a') %}{% for i in range(30) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(30) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{% set ns = namespace(l=[]) %}{% for i in range(10 ** 6) %}{% set ns.l = [ns.l, i] %}{% endfor %}",
    "{% set l = [] %}{% for i in range(10 ** 6) %}{% set _ = l.append(i ~ 'x') %}{% endfor %}",
    "{% set d = {} %}{% for i in range(10 ** 6) %}{% set _ = d.update({i: i}) %}{% endfor %}",
    "{% set x %}{% for i in range(10 ** 6) %}xxxxxxxx{% endfor %}{% endset %}",
    "{% filter upper %}{% for i in range(10 ** 6) %}xxxxxxxx{% endfor %}{% endfilter %}",
    "{{ ('a' * 10 ** 5) | replace('a', 'a' * 10 ** 5) }}", "{{ '%9999999d' % 1 }}", "{{ '{:9999999}'.format(1) }}",
    "{{ ('x\n' * 10 ** 5) | indent(10 ** 6) }}", "{{ [1] | batch(10 ** 7, 0) | list }}", "{{ [1] | slice(10 ** 7) | list }}",
    "{{ 'a'.zfill(10 ** 7) }}", "{{ 'a'.ljust(10 ** 7) }}", "{{ '\t'.expandtabs(10 ** 7) }}", "{{ lipsum(10 ** 6) }}",
    "{{ ('a' * 10 ** 6).split('a') }}", "{{ ('a' * 10 ** 6) | list }}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (hungry); i++)
    assert_fails (hungry[i], NULL, &limits, MILL_JINJA_ERROR_LIMIT);

  /* What is dropped does not count. */
  g_autoptr (GError) error = NULL;
  g_autofree char *text = render_with ("{% set ns = namespace(n=0) %}{% for i in range(2000) %}{% set ns.n = ns.n + ('x' * 10000) | length %}"
                                       "{% endfor %}{{ ns.n }}", MILL_JINJA_PLAIN, NULL, &limits, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "20000000");
}

static void
test_limit_of_output (void)
{
  const MillJinjaLimits limits = { .max_output = 1000 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = render_with ("{% for i in range(100) %}xxxxxxxxxx{% endfor %}", MILL_JINJA_PLAIN, NULL, &limits, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (text), ==, 1000);
  assert_fails ("{% for i in range(100) %}xxxxxxxxxx{% endfor %}.", NULL, &limits, MILL_JINJA_ERROR_LIMIT);
}

static gboolean
cancel_at_third (gpointer data)
{
  return ++*(int *) data == 3;
}

static void
test_cancelling (void)
{
  int asked = 0;
  const MillJinjaLimits limits = { .is_cancelled = cancel_at_third, .is_cancelled_data = &asked };
  assert_fails ("{% for i in range(10 ** 9) %}{% endfor %}", NULL, &limits, MILL_JINJA_ERROR_CANCELLED);
  g_assert_cmpint (asked, ==, 3);
}

static void
test_large_sources (void)
{
  g_autofree char *source = g_strnfill (3 << 20, 'x');
  g_autoptr (GError) error = NULL;
  g_assert_null (mill_jinja_template_new (source, -1, MILL_JINJA_PLAIN, &error));
  g_assert_error (error, MILL_JINJA_ERROR, MILL_JINJA_ERROR_LIMIT);
}

/* Depth ------------------------------------------------------------------------------------------- */

static char *
nest (const char *before, const char *open, const char *middle, const char *close, const char *after, int n)
{
  GString *text = g_string_new (before);
  for (int i = 0; i < n; i++)
    g_string_append (text, open);
  g_string_append (text, middle);
  for (int i = 0; i < n; i++)
    g_string_append (text, close);
  g_string_append (text, after);
  return g_string_free (text, FALSE);
}

/* Everything that can nest, as deep as it is allowed, and deeper. */
static gpointer
render_deep (gpointer data)
{
  static const char *const pieces[][5] = {
    { "{{ ", "(", "1", ")", " }}" },
    { "{{ ", "[", "1", "]", " }}" },
    { "{{ ", "{1:", "1", "}", " }}" },
    { "{{ ", "not ", "1", "", " }}" },
    { "{{ ", "-", "1", "", " }}" },
    { "{{ ", "(1 + ", "1", ")", " }}" },
    { "{{ ", "1 + (2 * -[", "1", "][0])", " }}" },
    { "{{ ", "[1, 'a' if ", "1", " else 2]", " }}" },
    { "{{ ", "1 if 1 else ", "1", "", " }}" },
    { "{{ 1", "", "", " + 1", " }}" },
    { "{{ 'a'", "", "", " ~ 'b'", " }}" },
    { "{{ 'a'", "", "", " | upper", " }}" },
    { "{{ x", "", "", ".y", " }}" },
    { "{{ x", "", "", "[0]", " }}" },
    { "{{ x", "", "", "()", " }}" },
    { "{{ ", "dict(a=", "1", ")", " }}" },
    { "{{ ", "'a' | default(", "1", ")", " }}" },
    { "{{ ", "1 is eq(", "1", ")", " }}" },
    { "{{ ", "x[", "1", "]", " }}" },
    { "{{ ", "x[1:", "1", "]", " }}" },
    { "", "{% if 1 %}", "x", "{% endif %}", "" },
    { "", "{% for x in [1] %}", "x", "{% endfor %}", "" },
    { "", "{% with x = 1 %}", "x", "{% endwith %}", "" },
    { "", "{% set x %}", "x", "{% endset %}", "" },
    { "", "{% filter upper %}", "x", "{% endfilter %}", "" },
    { "", "{% autoescape true %}", "x", "{% endautoescape %}", "" },
    { "", "{% macro m() %}", "x", "{% endmacro %}", "{{ m() }}" },
    { "{% set ", "(", "a,", "),", " = 1 %}" },
    { "{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% set ns.s = [ns.s] %}{% endfor %}", "", "{{ ns.s }}", "", "" },
    { "{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% set ns.s = (ns.s,) %}{% endfor %}", "", "{{ {ns.s: 1} }}", "", "" },
    { "{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% set ns.s = {1: ns.s} %}{% endfor %}", "", "{{ ns.s | tojson }}", "", "" },
    { "{% set ns = namespace(s=1) %}{% for i in range(99999) %}{% set ns.s = [ns.s] %}{% endfor %}", "", "{{ ns.s | pprint }}", "", "" },
    { "{% set a = namespace(s=1) %}{% set b = namespace(s=1) %}{% for i in range(99999) %}{% set a.s = [a.s] %}{% set b.s = [b.s] %}{% endfor %}",
      "", "{{ a.s == b.s }}", "", "" },
    { "{% set a = namespace(s=1) %}{% set b = namespace(s=2) %}{% for i in range(99999) %}{% set a.s = [a.s] %}{% set b.s = [b.s] %}{% endfor %}",
      "", "{{ a.s < b.s }}", "", "" },
    { "{% set ns = namespace(s=[1]) %}{% for i in range(99999) %}{% set ns.s = ns.s | map('string') %}{% endfor %}", "", "{{ ns.s | list }}", "", "" },
    { "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}", "", "", "", "" },
    { "{% macro m(n) %}{% if 1 %}{% for i in [1] %}{% set x %}{{ [1 + m(n + 1) | int] | join }}{% endset %}{% endfor %}{% endif %}{% endmacro %}"
      "{{ m(0) }}", "", "", "", "" },
    { "{% macro m(n) %}{% call m(n) %}{% endcall %}{{ caller() }}{% endmacro %}{{ m(0) }}", "", "", "", "" },
    { "{% for x in [1] recursive %}{% if 1 %}{% with y = 1 %}{{ '%s' | format(loop([1])) }}{% endwith %}{% endif %}{% endfor %}", "", "", "", "" },
    { "{% block a %}{{ self.a() }}{% endblock %}", "", "", "", "" },
    { "{% macro m() %}{% filter replace('a', m()) %}a{% endfilter %}{% endmacro %}{{ m() }}", "", "", "", "" },
    { "{{ '", "{0:", "", "}", "'.format(1) }}" },
  };
  static const int depths[] = { 3, 20, 60, 150, 199, 250, 450, 5000 };
  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (depths); j++)
      {
        g_autoptr (GError) error = NULL;
        g_autofree char *source = nest (pieces[i][0], pieces[i][1], pieces[i][2], pieces[i][3], pieces[i][4], depths[j]);
        g_autofree char *text = render_with (source, MILL_JINJA_PLAIN, NULL, NULL, &error);
        g_assert_true ((text == NULL) == (error != NULL));
        if (*pieces[i][1] == '\0' && *pieces[i][3] == '\0')
          break;
      }
  return NULL;
}

/* The header promises how much stack is taken. */
static void
test_depth_on_a_small_stack (void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__clang__)
  const gsize size = 4 << 20; /* frames are several times as large */
#else
  const gsize size = 512 << 10;
#endif
  pthread_attr_t attributes;
  pthread_t thread;
  g_assert_cmpint (pthread_attr_init (&attributes), ==, 0);
  g_assert_cmpint (pthread_attr_setstacksize (&attributes, size), ==, 0);
  g_assert_cmpint (pthread_create (&thread, &attributes, render_deep, NULL), ==, 0);
  g_assert_cmpint (pthread_join (thread, NULL), ==, 0);
  pthread_attr_destroy (&attributes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jinja/value/by-hand", test_values_made_by_hand);
  g_test_add_func ("/jinja/value/map", test_map_keeps_order_and_replaces);
  g_test_add_func ("/jinja/value/strings", test_strings_are_mended);
  g_test_add_func ("/jinja/value/deep", test_deep_values_are_freed);
  g_test_add_func ("/jinja/value/shared", test_shared_values);
  g_test_add_func ("/jinja/json/values", test_json);
  g_test_add_func ("/jinja/json/errors", test_json_errors);
  g_test_add_func ("/jinja/json/depth", test_json_depth);
  g_test_add_func ("/jinja/json/damaged", test_json_damaged);
  g_test_add_func ("/jinja/template/reads", test_template_reads);
  g_test_add_func ("/jinja/template/variables-stay", test_variables_stay);
  g_test_add_func ("/jinja/template/errors", test_errors_name_kind_and_line);
  g_test_add_func ("/jinja/template/threads", test_threads_share);
  g_test_add_func ("/jinja/limit/steps", test_limit_of_steps);
  g_test_add_func ("/jinja/limit/memory", test_limit_of_memory);
  g_test_add_func ("/jinja/limit/output", test_limit_of_output);
  g_test_add_func ("/jinja/limit/cancelled", test_cancelling);
  g_test_add_func ("/jinja/limit/source", test_large_sources);
  g_test_add_func ("/jinja/limit/depth", test_depth_on_a_small_stack);
  return g_test_run ();
}
