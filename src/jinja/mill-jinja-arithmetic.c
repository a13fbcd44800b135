#include "mill-jinja-arithmetic.h"

#include <math.h>
#include <string.h>

#include "mill-jinja-format.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"
#include "mill-jinja-text.h"

/* Powers grow past any use that a template has for them: they stay within this. */
#define MAX_POWER_BITS 192

static const char *const signs[] = {
  [JINJA_OP_ADD] = "+", [JINJA_OP_SUB] = "-",  [JINJA_OP_MUL] = "*", [JINJA_OP_DIV] = "/",
  [JINJA_OP_FLOORDIV] = "//", [JINJA_OP_MOD] = "%", [JINJA_OP_POW] = "**",
};

static JinjaValue *
fail_types (JinjaRender *render, JinjaOp op, JinjaValue *a, JinjaValue *b)
{
  if (a->kind == JINJA_UNDEFINED || b->kind == JINJA_UNDEFINED)
    return jinja_fail_undefined (render, a->kind == JINJA_UNDEFINED ? a : b);
  return jinja_fail (render, "“%s” does not work between “%s” and “%s”", signs[op], jinja_type_name (a),
                     jinja_type_name (b));
}

/* Integers ---------------------------------------------------------------------------------------- */

static gboolean
check_bits (JinjaRender *render, guint64 bits)
{
  return bits <= JINJA_MAX_BITS || jinja_fail_limit (render, "this number is too large") != NULL;
}

/* By squaring; `exponent` is not negative. A result of more than `max_bits` is refused. */
static JinjaValue *
power (JinjaRender *render, JinjaValue *base, JinjaValue *exponent, guint max_bits)
{
  guint bits = jinja_big_bits (base);
  if (bits <= 1 && jinja_big_sign (base) >= 0)
    return jinja_new_int (render, jinja_big_sign (exponent) == 0 ? 1 : jinja_big_sign (base));
  if (exponent->kind == JINJA_BIGINT)
    return jinja_fail_limit (render, "this number is too large");
  guint64 left = exponent->kind == JINJA_BOOL ? (guint64) jinja_as_bool (exponent) : (guint64) jinja_as_int (exponent);
  if (bits == 1)
    return jinja_new_int (render, left % 2 == 0 ? 1 : -1);
  if (left > max_bits || (guint64) (bits - 1) * left > max_bits)
    return jinja_fail_limit (render, "this number is too large");
  JinjaValue *result = jinja_new_int (render, 1);
  for (;; left >>= 1)
    {
      if (left & 1)
        result = jinja_big_multiply (&render->heap, result, base);
      if (left <= 1)
        return result;
      if (!jinja_step (render, 1 + (guint64) jinja_big_bits (base) * jinja_big_bits (base) / 65536))
        return NULL;
      base = jinja_big_multiply (&render->heap, base, base);
    }
}

static JinjaValue *
divide_integers (JinjaRender *render, JinjaOp op, JinjaValue *a, JinjaValue *b)
{
  if (jinja_big_sign (b) == 0)
    return jinja_fail (render, "division by zero");
  if (op == JINJA_OP_DIV)
    {
      double result = jinja_big_true_divide (a, b);
      return isinf (result) ? jinja_fail (render, "the result is too large for a float") : jinja_new_float (render, result);
    }
  if (a->kind == JINJA_INT && b->kind == JINJA_INT && jinja_as_int (b) != -1)
    {
      gint64 x = jinja_as_int (a), y = jinja_as_int (b), rest = x % y;
      gboolean floored = rest != 0 && (rest < 0) != (y < 0);
      return jinja_new_int (render, op == JINJA_OP_MOD ? rest + (floored ? y : 0) : x / y - floored);
    }
  JinjaValue *quotient, *remainder;
  jinja_big_divide (&render->heap, a, b, &quotient, &remainder);
  return op == JINJA_OP_MOD ? remainder : quotient;
}

static JinjaValue *
compute_integers (JinjaRender *render, JinjaOp op, JinjaValue *a, JinjaValue *b)
{
  if (a->kind == JINJA_INT && b->kind == JINJA_INT)
    {
      gint64 x = jinja_as_int (a), y = jinja_as_int (b), result;
      if ((op == JINJA_OP_ADD && !__builtin_add_overflow (x, y, &result))
          || (op == JINJA_OP_SUB && !__builtin_sub_overflow (x, y, &result))
          || (op == JINJA_OP_MUL && !__builtin_mul_overflow (x, y, &result)))
        return jinja_new_int (render, result);
    }
  guint64 x_bits = jinja_big_bits (a), y_bits = jinja_big_bits (b);
  if (!jinja_step (render, x_bits * y_bits / 65536))
    return NULL;
  switch (op)
    {
    case JINJA_OP_ADD:
    case JINJA_OP_SUB:
      if (!check_bits (render, MAX (x_bits, y_bits) + 1))
        return NULL;
      return (op == JINJA_OP_ADD ? jinja_big_add : jinja_big_subtract) (&render->heap, a, b);
    case JINJA_OP_MUL: return check_bits (render, x_bits + y_bits) ? jinja_big_multiply (&render->heap, a, b) : NULL;
    default: return divide_integers (render, op, a, b);
    }
}

/* Floats ------------------------------------------------------------------------------------------ */

/* CPython's float.__divmod__: the remainder has the divisor's sign, and the quotient is whole. */
static void
divide_floored (double x, double y, double *quotient, double *remainder)
{
  double rest = fmod (x, y), whole = (x - rest) / y;
  if (rest == 0)
    rest = copysign (0, y);
  else if ((y < 0) != (rest < 0))
    {
      rest += y;
      whole -= 1;
    }
  double floored = floor (whole);
  *quotient = whole == 0 ? copysign (0, x / y) : whole - floored > 0.5 ? floored + 1 : floored;
  *remainder = rest;
}

static JinjaValue *
power_floats (JinjaRender *render, double x, double y)
{
  if (x == 0 && y < 0)
    return jinja_fail (render, "0 cannot be raised to a negative power");
  if (x < 0 && isfinite (x) && isfinite (y) && y != floor (y))
    return jinja_fail (render, "a negative number to a fractional power is complex");
  double result = pow (x, y);
  if (isinf (result) && isfinite (x) && isfinite (y))
    return jinja_fail (render, "the result is too large for a float");
  return jinja_new_float (render, result);
}

static JinjaValue *
compute_floats (JinjaRender *render, JinjaOp op, JinjaValue *a, JinjaValue *b)
{
  double x = jinja_number_to_double (a), y = jinja_number_to_double (b), quotient, remainder;
  if ((isinf (x) && a->kind == JINJA_BIGINT) || (isinf (y) && b->kind == JINJA_BIGINT))
    return jinja_fail (render, "an integer is too large for a float");
  switch (op)
    {
    case JINJA_OP_ADD: return jinja_new_float (render, x + y);
    case JINJA_OP_SUB: return jinja_new_float (render, x - y);
    case JINJA_OP_MUL: return jinja_new_float (render, x * y);
    case JINJA_OP_POW: return power_floats (render, x, y);
    default: break;
    }
  if (y == 0)
    return jinja_fail (render, "division by zero");
  if (op == JINJA_OP_DIV)
    return jinja_new_float (render, x / y);
  divide_floored (x, y, &quotient, &remainder);
  return jinja_new_float (render, op == JINJA_OP_MOD ? remainder : quotient);
}

static JinjaValue *
compute_numbers (JinjaRender *render, JinjaOp op, JinjaValue *a, JinjaValue *b)
{
  if (a->kind == JINJA_FLOAT || b->kind == JINJA_FLOAT)
    return compute_floats (render, op, a, b);
  if (op != JINJA_OP_POW)
    return compute_integers (render, op, a, b);
  return jinja_big_sign (b) < 0 ? compute_floats (render, op, a, b) : power (render, a, b, MAX_POWER_BITS);
}

/* Strings and lists ------------------------------------------------------------------------------- */

static JinjaValue *
add_strings (JinjaRender *render, JinjaValue *a, JinjaValue *b)
{
  gboolean markup = jinja_is_markup (a) || jinja_is_markup (b);
  if (markup && ((a = jinja_to_html (render, a)) == NULL || (b = jinja_to_html (render, b)) == NULL))
    return NULL;
  const JinjaString *x = jinja_as_string (a), *y = jinja_as_string (b);
  if (!markup && x->n_bytes == 0)
    return b;
  if (!markup && y->n_bytes == 0)
    return a;
  return jinja_concat (render, (JinjaValue *const[]) { a, b }, 2, markup);
}

static JinjaValue *
add_lists (JinjaRender *render, JinjaList *a, JinjaList *b)
{
  gsize n = a->n + b->n;
  if (!jinja_reserve_times (render, n, sizeof (JinjaValue *)))
    return NULL;
  JinjaList *result = a->base.kind == JINJA_LIST ? jinja_new_list (render, n) : jinja_new_tuple (render, n);
  jinja_list_push_all (result, a->items, a->n);
  jinja_list_push_all (result, b->items, b->n);
  return &result->base;
}

/* How often something is repeated: not at all where the number is negative, an enormous number where
 * it is too large. */
static gsize
get_times (const JinjaValue *times)
{
  if (jinja_big_sign (times) <= 0)
    return 0;
  return times->kind == JINJA_BOOL ? 1 : times->kind == JINJA_INT ? (gsize) jinja_as_int (times) : G_MAXSIZE;
}

JinjaValue *
jinja_repeat_string (JinjaRender *render, const JinjaString *text, JinjaValue *times)
{
  gsize n = get_times (times);
  if (text->n_bytes == 0)
    n = 0;
  if (!jinja_reserve_times (render, n, text->n_bytes))
    return NULL;
  JinjaString *result = jinja_string_alloc (&render->heap, n * text->n_bytes);
  result->n_chars = n * text->n_chars;
  result->base.flags |= text->base.flags & JINJA_FLAG_MARKUP;
  for (gsize i = 0; i < n; i++)
    memcpy (result->text + i * text->n_bytes, text->text, text->n_bytes);
  return &result->base;
}

static JinjaValue *
repeat_list (JinjaRender *render, JinjaList *list, JinjaValue *times)
{
  gsize n = list->n > 0 ? get_times (times) : 0;
  if (!jinja_reserve_times (render, n, list->n * sizeof (JinjaValue *)))
    return NULL;
  JinjaList *result = list->base.kind == JINJA_LIST ? jinja_new_list (render, n * list->n)
                                                    : jinja_new_tuple (render, n * list->n);
  for (gsize i = 0; i < n; i++)
    jinja_list_push_all (result, list->items, list->n);
  return &result->base;
}

static gboolean
is_sequence (const JinjaValue *value)
{
  return value->kind == JINJA_LIST || value->kind == JINJA_TUPLE || value->kind == JINJA_STRING;
}

JinjaValue *
jinja_binary (JinjaRender *render, JinjaOp op, JinjaValue *a, JinjaValue *b)
{
  if (jinja_is_number (a) && jinja_is_number (b))
    return compute_numbers (render, op, a, b);
  if (op == JINJA_OP_ADD && a->kind == JINJA_STRING && b->kind == JINJA_STRING)
    return add_strings (render, a, b);
  if (op == JINJA_OP_ADD && a->kind == b->kind && (a->kind == JINJA_LIST || a->kind == JINJA_TUPLE))
    return add_lists (render, jinja_as_list (a), jinja_as_list (b));
  if (op == JINJA_OP_MOD && a->kind == JINJA_STRING)
    return jinja_format_percent (render, a, b);
  if (op == JINJA_OP_MUL && is_sequence (b) && jinja_is_integer (a))
    return jinja_binary (render, op, b, a);
  if (op == JINJA_OP_MUL && is_sequence (a) && jinja_is_integer (b))
    return a->kind == JINJA_STRING ? jinja_repeat_string (render, jinja_as_string (a), b)
                                   : repeat_list (render, jinja_as_list (a), b);
  return fail_types (render, op, a, b);
}

/* One number -------------------------------------------------------------------------------------- */

static JinjaValue *
fail_type (JinjaRender *render, const char *what, JinjaValue *a)
{
  if (a->kind == JINJA_UNDEFINED)
    return jinja_fail_undefined (render, a);
  return jinja_fail (render, "%s does not work on “%s”", what, jinja_type_name (a));
}

JinjaValue *
jinja_negate (JinjaRender *render, JinjaValue *a)
{
  if (a->kind == JINJA_FLOAT)
    return jinja_new_float (render, -jinja_as_float (a));
  if (!jinja_is_integer (a))
    return fail_type (render, "“-”", a);
  return jinja_big_subtract (&render->heap, jinja_new_int (render, 0), a);
}

JinjaValue *
jinja_positive (JinjaRender *render, JinjaValue *a)
{
  if (a->kind == JINJA_BOOL)
    return jinja_new_int (render, jinja_as_bool (a));
  return jinja_is_number (a) ? a : fail_type (render, "“+”", a);
}

JinjaValue *
jinja_abs (JinjaRender *render, JinjaValue *number)
{
  if (number->kind == JINJA_FLOAT)
    return jinja_new_float (render, fabs (jinja_as_float (number)));
  if (!jinja_is_integer (number))
    return fail_type (render, "abs", number);
  return jinja_big_sign (number) < 0 ? jinja_negate (render, number) : jinja_positive (render, number);
}

JinjaValue *
jinja_truncate (JinjaRender *render, JinjaValue *number)
{
  if (number->kind != JINJA_FLOAT)
    return jinja_positive (render, number);
  double value = jinja_as_float (number);
  if (!isfinite (value))
    return jinja_fail (render, "%s is no integer", isnan (value) ? "NaN" : "an infinite number");
  return jinja_big_from_double (&render->heap, value);
}

/* To a multiple of 10ⁿ, half to even. */
static JinjaValue *
round_integer (JinjaRender *render, JinjaValue *number, guint64 n)
{
  if (n > JINJA_MAX_BITS / 4)
    return jinja_new_int (render, 0);
  JinjaHeap *heap = &render->heap;
  JinjaValue *unit = power (render, jinja_new_int (render, 10), jinja_new_int (render, (gint64) n), JINJA_MAX_BITS);
  JinjaValue *quotient, *rest, *parity;
  if (unit == NULL)
    return NULL;
  jinja_big_divide (heap, number, unit, &quotient, &rest);
  jinja_big_divide (heap, quotient, jinja_new_int (render, 2), NULL, &parity);
  int half = jinja_big_compare (jinja_big_add (heap, rest, rest), unit);
  JinjaValue *down = jinja_big_subtract (heap, number, rest);
  return half > 0 || (half == 0 && jinja_big_sign (parity) != 0) ? jinja_big_add (heap, down, unit) : down;
}

JinjaValue *
jinja_round (JinjaRender *render, JinjaValue *number, gint64 digits)
{
  if (!jinja_is_number (number))
    return fail_type (render, "round", number);
  if (number->kind == JINJA_FLOAT)
    {
      double result = jinja_float_round (jinja_as_float (number), (int) CLAMP (digits, -1000, 1000));
      if (isinf (result) && isfinite (jinja_as_float (number)))
        return jinja_fail (render, "the rounded number is too large for a float");
      return jinja_new_float (render, result);
    }
  return digits >= 0 ? jinja_positive (render, number) : round_integer (render, number, -(guint64) digits);
}
