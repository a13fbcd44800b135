/* The tests: what stands after `is`. */
#include <string.h>

#include "mill-jinja-arithmetic.h"
#include "mill-jinja-compare.h"
#include "mill-jinja-filters.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-strings.h"

#define TEST(name) static JinjaValue *name (JinjaRender *render, JinjaValue *input, const JinjaArgs *args)

/* Tests of the kind of a value ---------------------------------------------------------------------- */

#define KIND_TEST(name, condition)                                       \
  TEST (name)                                                            \
  {                                                                      \
    return jinja_args_none (render, args) ? jinja_bool (condition) : NULL; \
  }

static gboolean
is_sequence (const JinjaValue *value)
{
  switch ((JinjaKind) value->kind)
    {
    case JINJA_UNDEFINED: /* has a length and items to ask for */
    case JINJA_STRING:
    case JINJA_LIST:
    case JINJA_TUPLE:
    case JINJA_DICT:
    case JINJA_RANGE: return TRUE;
    default: return FALSE;
    }
}

static gboolean
is_callable (const JinjaValue *value)
{
  switch ((JinjaKind) value->kind)
    {
    case JINJA_UNDEFINED:
    case JINJA_MACRO:
    case JINJA_LOOP:
    case JINJA_FUNCTION:
    case JINJA_METHOD:
    case JINJA_JOINER:
    case JINJA_BLOCK: return TRUE;
    default: return FALSE;
    }
}

KIND_TEST (test_defined, input->kind != JINJA_UNDEFINED)
KIND_TEST (test_undefined, input->kind == JINJA_UNDEFINED)
KIND_TEST (test_none, input->kind == JINJA_NONE)
KIND_TEST (test_boolean, input->kind == JINJA_BOOL)
KIND_TEST (test_true, input->kind == JINJA_BOOL && jinja_as_bool (input))
KIND_TEST (test_false, input->kind == JINJA_BOOL && !jinja_as_bool (input))
KIND_TEST (test_integer, input->kind == JINJA_INT || input->kind == JINJA_BIGINT)
KIND_TEST (test_float, input->kind == JINJA_FLOAT)
KIND_TEST (test_number, jinja_is_number (input))
KIND_TEST (test_string, input->kind == JINJA_STRING)
KIND_TEST (test_mapping, input->kind == JINJA_DICT)
KIND_TEST (test_sequence, is_sequence (input))
KIND_TEST (test_iterable, jinja_is_iterable (input) || input->kind == JINJA_LOOP)
KIND_TEST (test_callable, is_callable (input))
KIND_TEST (test_escaped, jinja_is_markup (input))

/* Tests of what it holds -------------------------------------------------------------------------- */

static JinjaValue *
test_case (JinjaRender *render, JinjaValue *input, const JinjaArgs *args, gboolean upper_case)
{
  JinjaValue *text = jinja_args_none (render, args) ? jinja_to_string (render, input) : NULL;
  if (text == NULL || !jinja_step_chars (render, jinja_as_string (text)->n_bytes))
    return NULL;
  return jinja_bool (jinja_string_has_case (jinja_as_string (text), upper_case));
}

TEST (test_lower) { return test_case (render, input, args, FALSE); }
TEST (test_upper) { return test_case (render, input, args, TRUE); }

/* Whether the rest of a division is `rest`. */
static JinjaValue *
has_rest (JinjaRender *render, JinjaValue *input, JinjaValue *divisor, gint64 rest)
{
  JinjaValue *found = jinja_binary (render, JINJA_OP_MOD, input, divisor);
  if (found == NULL)
    return NULL;
  return jinja_bool (jinja_equal (render, found, jinja_new_int (render, rest)));
}

TEST (test_odd)
{
  return jinja_args_none (render, args) ? has_rest (render, input, jinja_new_int (render, 2), 1) : NULL;
}

TEST (test_even)
{
  return jinja_args_none (render, args) ? has_rest (render, input, jinja_new_int (render, 2), 0) : NULL;
}

TEST (test_divisibleby)
{
  JinjaValue *divisor;
  return jinja_args_bind (render, args, "num", 1, &divisor) ? has_rest (render, input, divisor, 0) : NULL;
}

TEST (test_sameas)
{
  JinjaValue *other;
  return jinja_args_bind (render, args, "other", 1, &other) ? jinja_bool (jinja_same (input, other)) : NULL;
}

TEST (test_in)
{
  JinjaValue *sequence;
  return jinja_args_bind (render, args, "seq", 1, &sequence) ? jinja_compare (render, JINJA_OP_IN, input, sequence) : NULL;
}

static JinjaValue *
compare_with (JinjaRender *render, JinjaValue *input, const JinjaArgs *args, JinjaOp op)
{
  JinjaValue *other;
  return jinja_args_bind (render, args, "other /", 1, &other) ? jinja_compare (render, op, input, other) : NULL;
}

TEST (test_eq) { return compare_with (render, input, args, JINJA_OP_EQ); }
TEST (test_ne) { return compare_with (render, input, args, JINJA_OP_NE); }
TEST (test_lt) { return compare_with (render, input, args, JINJA_OP_LT); }
TEST (test_le) { return compare_with (render, input, args, JINJA_OP_LE); }
TEST (test_gt) { return compare_with (render, input, args, JINJA_OP_GT); }
TEST (test_ge) { return compare_with (render, input, args, JINJA_OP_GE); }

/* Whether there is a filter or a test of that name. */
static JinjaValue *
is_known (JinjaRender *render, JinjaValue *input, const JinjaArgs *args, const JinjaFilterDef *(*find) (const char *))
{
  guint32 hash;
  if (!jinja_args_none (render, args) || !jinja_hash (render, input, &hash))
    return NULL;
  return jinja_bool (input->kind == JINJA_STRING && find (jinja_as_string (input)->text) != NULL);
}

TEST (test_filter) { return is_known (render, input, args, jinja_find_filter); }
TEST (test_test) { return is_known (render, input, args, jinja_find_test); }

static const JinjaFilterDef tests[] = {
  { "boolean", test_boolean },   { "callable", test_callable }, { "defined", test_defined },
  { "divisibleby", test_divisibleby }, { "eq", test_eq },       { "==", test_eq },
  { "equalto", test_eq },        { "escaped", test_escaped },   { "even", test_even },
  { "false", test_false },       { "filter", test_filter },     { "float", test_float },
  { "ge", test_ge },             { ">=", test_ge },             { "greaterthan", test_gt },
  { "gt", test_gt },             { ">", test_gt },              { "in", test_in },
  { "integer", test_integer },   { "iterable", test_iterable }, { "le", test_le },
  { "<=", test_le },             { "lessthan", test_lt },       { "lower", test_lower },
  { "lt", test_lt },             { "<", test_lt },              { "mapping", test_mapping },
  { "ne", test_ne },             { "!=", test_ne },             { "none", test_none },
  { "number", test_number },     { "odd", test_odd },           { "sameas", test_sameas },
  { "sequence", test_sequence }, { "string", test_string },     { "test", test_test },
  { "true", test_true },         { "undefined", test_undefined }, { "upper", test_upper },
};

const JinjaFilterDef *
jinja_find_test (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    if (strcmp (tests[i].name, name) == 0)
      return &tests[i];
  return NULL;
}
