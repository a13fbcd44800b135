/* Filters of numbers, and the table of all filters. */
#include <math.h>
#include <string.h>

#include "mill-jinja-arithmetic.h"
#include "mill-jinja-filters.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-strings.h"

#define FILTER(name) static JinjaValue *name (JinjaRender *render, JinjaValue *input, const JinjaArgs *args)

FILTER (filter_abs)
{
  return jinja_args_none (render, args) ? jinja_abs (render, input) : NULL;
}

/* round with a method: on the number times a power of ten. */
static JinjaValue *
round_to (JinjaRender *render, JinjaValue *input, gint64 digits, double (*method) (double))
{
  if (!jinja_is_number (input))
    return jinja_round (render, input, digits); /* says what is wrong */
  double unit = pow (10, (double) CLAMP (digits, -400, 400));
  double value = method (jinja_number_to_double (input) * unit) / unit;
  return isfinite (value) ? jinja_new_float (render, value) : jinja_fail (render, "the result is too large for a float");
}

FILTER (filter_round)
{
  JinjaValue *values[2];
  gint64 digits;
  if (!jinja_args_bind (render, args, "precision method", 0, values) || !jinja_arg_int (render, values[0], 0, &digits))
    return NULL;
  if (values[1] == NULL || jinja_string_is (values[1], "common"))
    return jinja_round (render, input, digits);
  if (jinja_string_is (values[1], "ceil"))
    return round_to (render, input, digits, ceil);
  if (jinja_string_is (values[1], "floor"))
    return round_to (render, input, digits, floor);
  return jinja_fail (render, "round knows the methods common, ceil and floor");
}

FILTER (filter_int)
{
  JinjaValue *values[2];
  gint64 base;
  if (!jinja_args_bind (render, args, "default base", 0, values) || !jinja_arg_int (render, values[1], 10, &base))
    return NULL;
  JinjaValue *fallback = values[0] != NULL ? values[0] : jinja_new_int (render, 0);
  if (input->kind == JINJA_UNDEFINED)
    return jinja_fail_undefined (render, input);
  if (jinja_is_integer (input))
    return jinja_positive (render, input);
  if (input->kind == JINJA_FLOAT)
    return isnan (jinja_as_float (input)) ? fallback : jinja_truncate (render, input);
  if (input->kind != JINJA_STRING)
    return fallback;
  const JinjaString *text = jinja_as_string (input);
  double number;
  JinjaValue *value = NULL;
  if (!jinja_step_bytes (render, text->n_bytes))
    return NULL;
  if (base == 0 || (base >= 2 && base <= 36))
    value = jinja_parse_int (&render->heap, text->text, text->n_bytes, (guint) base);
  if (value == NULL && jinja_parse_float (text->text, text->n_bytes, &number) && isfinite (number))
    value = jinja_big_from_double (&render->heap, number);
  return value != NULL ? value : fallback;
}

FILTER (filter_float)
{
  JinjaValue *fallback;
  double number;
  if (!jinja_args_bind (render, args, "default", 0, &fallback))
    return NULL;
  if (input->kind == JINJA_UNDEFINED)
    return jinja_fail_undefined (render, input);
  if (jinja_is_number (input))
    {
      number = jinja_number_to_double (input);
      if (input->kind == JINJA_BIGINT && isinf (number))
        return jinja_fail (render, "an integer is too large for a float");
      return jinja_new_float (render, number);
    }
  if (input->kind == JINJA_STRING && jinja_parse_float (jinja_as_string (input)->text, jinja_as_string (input)->n_bytes, &number))
    return jinja_new_float (render, number);
  return fallback != NULL ? fallback : jinja_new_float (render, 0);
}

FILTER (filter_filesizeformat)
{
  static const char letters[] = "kMGTPEZY";
  JinjaValue *arg;
  JinjaArgs none = { .callee = "float" };
  if (!jinja_args_bind (render, args, "binary", 0, &arg))
    return NULL;
  gboolean binary = jinja_arg_bool (arg, FALSE);
  JinjaValue *number = filter_float (render, input, &none);
  if (number == NULL)
    return NULL;
  double bytes = jinja_as_float (number), base = binary ? 1024 : 1000, unit = base;
  double parsed;
  if (!jinja_is_number (input)
      && !(input->kind == JINJA_STRING && jinja_parse_float (jinja_as_string (input)->text, jinja_as_string (input)->n_bytes, &parsed)))
    return jinja_fail (render, "filesizeformat asks for a number, not for “%s”", jinja_type_name (input));
  g_autofree char *text = NULL;
  if (bytes == 1)
    return jinja_new_literal (render, "1 Byte");
  if (bytes < base)
    text = g_strdup_printf ("%.0f Bytes", trunc (bytes));
  else
    {
      int i = 0;
      for (; i < 7 && bytes >= unit * base; i++)
        unit *= base;
      g_autofree char *size = jinja_float_format (bytes / unit, 'f', 1, FALSE);
      text = g_strdup_printf ("%s %c%sB", size, binary && i == 0 ? 'K' : letters[i], binary ? "i" : "");
    }
  return jinja_new_literal (render, text);
}

FILTER (filter_pprint)
{
  return jinja_args_none (render, args) ? jinja_pprint (render, input) : NULL;
}

const JinjaFilterDef jinja_number_filters[] = {
  { "abs", filter_abs },     { "filesizeformat", filter_filesizeformat }, { "float", filter_float },
  { "int", filter_int },     { "pprint", filter_pprint },                 { "round", filter_round },
  { NULL, NULL },
};

const JinjaFilterDef *
jinja_find_filter (const char *name)
{
  static const JinjaFilterDef others[] = { { "tojson", jinja_filter_tojson }, { "wordwrap", jinja_filter_wordwrap }, { NULL, NULL } };
  static const JinjaFilterDef *const tables[] = {
    jinja_text_filters, jinja_html_filters, jinja_number_filters, jinja_sequence_filters, jinja_lazy_filters, others,
  };
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const JinjaFilterDef *def = tables[i]; def->name != NULL; def++)
      if (strcmp (def->name, name) == 0)
        return def;
  return NULL;
}
