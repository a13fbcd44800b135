#include "mill-jinja-bigint.h"

#include <math.h>
#include <string.h>

/* A magnitude with its sign; `digits` points into a value or at `own`. */
typedef struct {
  gboolean       negative;
  guint          n;
  const guint32 *digits;
  guint32        own[2];
} Big;

static guint
trim (const guint32 *digits, guint n)
{
  while (n > 0 && digits[n - 1] == 0)
    n--;
  return n;
}

static void
view (const JinjaValue *value, Big *big)
{
  if (value->kind == JINJA_BIGINT)
    {
      JinjaBigint *self = jinja_as_bigint (value);
      big->negative = self->negative;
      big->n = self->n;
      big->digits = self->digits;
      return;
    }
  gint64 number = value->kind == JINJA_BOOL ? jinja_as_bool (value) : jinja_as_int (value);
  guint64 size = number < 0 ? -(guint64) number : (guint64) number;
  big->negative = number < 0;
  big->own[0] = (guint32) size;
  big->own[1] = (guint32) (size >> 32);
  big->digits = big->own;
  big->n = trim (big->own, 2);
}

static JinjaValue *
make (JinjaHeap *heap, gboolean negative, const guint32 *digits, guint n)
{
  n = trim (digits, n);
  if (n <= 2)
    {
      guint64 size = (n > 0 ? digits[0] : 0) | (n > 1 ? (guint64) digits[1] << 32 : 0);
      if (size <= G_MAXINT64 || (negative && size == (guint64) G_MAXINT64 + 1))
        return jinja_int (heap, negative ? (gint64) -size : (gint64) size);
    }
  JinjaBigint *self = jinja_value_alloc (heap, JINJA_BIGINT, sizeof *self + n * sizeof *digits);
  self->negative = negative;
  self->n = n;
  memcpy (self->digits, digits, n * sizeof *digits);
  return &self->base;
}

gboolean
jinja_is_integer (const JinjaValue *value)
{
  return value->kind == JINJA_INT || value->kind == JINJA_BIGINT || value->kind == JINJA_BOOL;
}

guint
jinja_big_bits (const JinjaValue *value)
{
  Big big;
  view (value, &big);
  return big.n == 0 ? 0 : big.n * 32 - __builtin_clz (big.digits[big.n - 1]);
}

int
jinja_big_sign (const JinjaValue *value)
{
  Big big;
  view (value, &big);
  return big.n == 0 ? 0 : big.negative ? -1 : 1;
}

static int
compare_sizes (const Big *a, const Big *b)
{
  if (a->n != b->n)
    return a->n < b->n ? -1 : 1;
  for (guint i = a->n; i-- > 0;)
    if (a->digits[i] != b->digits[i])
      return a->digits[i] < b->digits[i] ? -1 : 1;
  return 0;
}

int
jinja_big_compare (const JinjaValue *a, const JinjaValue *b)
{
  Big x, y;
  view (a, &x);
  view (b, &y);
  if (x.negative != y.negative)
    return x.negative ? -1 : 1;
  return x.negative ? compare_sizes (&y, &x) : compare_sizes (&x, &y);
}

static guint
add_sizes (const Big *a, const Big *b, guint32 *out)
{
  guint64 carry = 0;
  guint n = MAX (a->n, b->n);
  for (guint i = 0; i < n; i++)
    {
      carry += (guint64) (i < a->n ? a->digits[i] : 0) + (i < b->n ? b->digits[i] : 0);
      out[i] = (guint32) carry;
      carry >>= 32;
    }
  out[n] = (guint32) carry;
  return n + 1;
}

/* a - b, where a is not the smaller. */
static guint
subtract_sizes (const Big *a, const Big *b, guint32 *out)
{
  gint64 borrow = 0;
  for (guint i = 0; i < a->n; i++)
    {
      borrow += (gint64) a->digits[i] - (i < b->n ? b->digits[i] : 0);
      out[i] = (guint32) borrow;
      borrow >>= 32;
    }
  return a->n;
}

static JinjaValue *
add_signed (JinjaHeap *heap, const Big *a, const Big *b, gboolean b_negative)
{
  g_autofree guint32 *out = g_new (guint32, MAX (a->n, b->n) + 1);
  if (a->negative == b_negative)
    return make (heap, a->negative, out, add_sizes (a, b, out));
  if (compare_sizes (a, b) >= 0)
    return make (heap, a->negative, out, subtract_sizes (a, b, out));
  return make (heap, b_negative, out, subtract_sizes (b, a, out));
}

JinjaValue *
jinja_big_add (JinjaHeap *heap, const JinjaValue *a, const JinjaValue *b)
{
  Big x, y;
  view (a, &x);
  view (b, &y);
  return add_signed (heap, &x, &y, y.negative);
}

JinjaValue *
jinja_big_subtract (JinjaHeap *heap, const JinjaValue *a, const JinjaValue *b)
{
  Big x, y;
  view (a, &x);
  view (b, &y);
  return add_signed (heap, &x, &y, !y.negative);
}

JinjaValue *
jinja_big_multiply (JinjaHeap *heap, const JinjaValue *a, const JinjaValue *b)
{
  Big x, y;
  view (a, &x);
  view (b, &y);
  g_autofree guint32 *out = g_new0 (guint32, x.n + y.n + 1);
  for (guint i = 0; i < x.n; i++)
    {
      guint64 carry = 0;
      for (guint j = 0; j < y.n; j++)
        {
          carry += (guint64) x.digits[i] * y.digits[j] + out[i + j];
          out[i + j] = (guint32) carry;
          carry >>= 32;
        }
      out[i + y.n] = (guint32) carry;
    }
  return make (heap, x.negative != y.negative, out, x.n + y.n);
}

/* In place; gives the remainder. */
static guint32
divide_small (guint32 *digits, guint n, guint32 divisor)
{
  guint64 rest = 0;
  for (guint i = n; i-- > 0;)
    {
      rest = rest << 32 | digits[i];
      digits[i] = (guint32) (rest / divisor);
      rest %= divisor;
    }
  return (guint32) rest;
}

static void
shift_left (const guint32 *in, guint n, guint bits, guint32 *out)
{
  guint32 carry = 0;
  for (guint i = 0; i < n; i++)
    {
      out[i] = in[i] << bits | carry;
      carry = bits > 0 ? in[i] >> (32 - bits) : 0;
    }
  out[n] = carry;
}

/* Knuth, The Art of Computer Programming, volume 2, section 4.3.1, algorithm D. `u` has m + n + 1
 * digits and is left as the remainder (normalised), `v` n ≥ 2 with the highest bit set, `q` m + 1. */
static void
divide_normalised (guint32 *u, guint m, const guint32 *v, guint n, guint32 *q)
{
  for (guint j = m + 1; j-- > 0;)
    {
      guint64 top = (guint64) u[j + n] << 32 | u[j + n - 1];
      guint64 guess = top / v[n - 1], rest = top % v[n - 1];
      while (guess > G_MAXUINT32 || guess * v[n - 2] > (rest << 32 | u[j + n - 2]))
        {
          guess--;
          rest += v[n - 1];
          if (rest > G_MAXUINT32)
            break;
        }

      gint64 borrow = 0;
      guint64 carry = 0;
      for (guint i = 0; i < n; i++)
        {
          carry += guess * v[i];
          borrow += (gint64) u[i + j] - (guint32) carry;
          u[i + j] = (guint32) borrow;
          borrow >>= 32;
          carry >>= 32;
        }
      borrow += (gint64) u[j + n] - (gint64) carry;
      u[j + n] = (guint32) borrow;

      if (borrow < 0)
        {
          guess--;
          carry = 0;
          for (guint i = 0; i < n; i++)
            {
              carry += (guint64) u[i + j] + v[i];
              u[i + j] = (guint32) carry;
              carry >>= 32;
            }
          u[j + n] += (guint32) carry;
        }
      q[j] = (guint32) guess;
    }
}

/* |a| / |b|: the quotient in *q (a->n + 1 digits, zeroed), the remainder in *r (b->n digits). */
static void
divide_sizes (const Big *a, const Big *b, guint32 *q, guint32 *r)
{
  memset (r, 0, b->n * sizeof *r);
  if (compare_sizes (a, b) < 0)
    {
      memcpy (r, a->digits, a->n * sizeof *r);
      return;
    }
  if (b->n == 1)
    {
      memcpy (q, a->digits, a->n * sizeof *q);
      r[0] = divide_small (q, a->n, b->digits[0]);
      return;
    }
  guint bits = __builtin_clz (b->digits[b->n - 1]);
  g_autofree guint32 *u = g_new (guint32, a->n + 1);
  g_autofree guint32 *v = g_new (guint32, b->n + 1);
  shift_left (a->digits, a->n, bits, u);
  shift_left (b->digits, b->n, bits, v);
  divide_normalised (u, a->n - b->n, v, b->n, q);
  for (guint i = 0; i < b->n; i++)
    r[i] = bits > 0 ? u[i] >> bits | (guint32) ((guint64) u[i + 1] << (32 - bits)) : u[i];
}

void
jinja_big_divide (JinjaHeap *heap, const JinjaValue *a, const JinjaValue *b, JinjaValue **quotient,
                  JinjaValue **remainder)
{
  Big x, y;
  view (a, &x);
  view (b, &y);
  g_return_if_fail (y.n > 0);
  g_autofree guint32 *q = g_new0 (guint32, x.n + 2);
  g_autofree guint32 *r = g_new0 (guint32, y.n + 1);
  divide_sizes (&x, &y, q, r);

  gboolean differ = x.negative != y.negative;
  Big rest = { .n = trim (r, y.n), .digits = r };
  if (differ && rest.n > 0)
    {
      for (guint i = 0; ++q[i] == 0; i++)
        ;
      g_autofree guint32 *floored = g_new (guint32, y.n);
      guint n = subtract_sizes (&y, &rest, floored);
      memcpy (r, floored, n * sizeof *r);
    }
  if (quotient != NULL)
    *quotient = make (heap, differ, q, x.n + 1);
  if (remainder != NULL)
    *remainder = make (heap, y.negative, r, y.n);
}

/* The magnitude times 2^exponent, rounded to the nearest, ties to even: the conversion of 64 bits
 * rounds, with the bits below them gathered in the lowest. */
static double
round_size (const guint32 *digits, guint n, gboolean sticky, int exponent)
{
  n = trim (digits, n);
  if (n == 0)
    return 0;
  guint shift = __builtin_clz (digits[n - 1]);
  guint64 top = 0;
  for (guint i = 0; i < 2; i++)
    top = top << 32 | (n > i ? digits[n - 1 - i] : 0);
  if (shift > 0)
    top = top << shift | (n > 2 ? digits[n - 3] >> (32 - shift) : 0);
  if (n > 2 && (guint32) ((guint64) digits[n - 3] << shift) != 0)
    sticky = TRUE;
  for (guint i = 0; !sticky && i + 3 < n; i++)
    sticky = digits[i] != 0;
  if (sticky)
    top |= 1;
  return ldexp ((double) top, (int) (n * 32) - 64 - (int) shift + exponent);
}

double
jinja_big_to_double (const JinjaValue *value)
{
  Big big;
  view (value, &big);
  double size = round_size (big.digits, big.n, FALSE, 0);
  return big.negative ? -size : size;
}

double
jinja_big_true_divide (const JinjaValue *a, const JinjaValue *b)
{
  Big x, y;
  view (a, &x);
  view (b, &y);
  g_return_val_if_fail (y.n > 0, NAN);
  /* Whole digits of zeros below a, so that the quotient has over 64 bits. */
  guint zeros = y.n + 3 > x.n ? y.n + 3 - x.n : 0;
  g_autofree guint32 *digits = g_new0 (guint32, x.n + zeros + 1);
  memcpy (digits + zeros, x.digits, x.n * sizeof *digits);
  Big scaled = { .n = trim (digits, x.n + zeros), .digits = digits };
  g_autofree guint32 *q = g_new0 (guint32, scaled.n + 2);
  g_autofree guint32 *r = g_new0 (guint32, y.n + 1);
  divide_sizes (&scaled, &y, q, r);
  double size = round_size (q, scaled.n + 1, trim (r, y.n) > 0, -(int) (zeros * 32));
  return x.negative != y.negative ? -size : size;
}

JinjaValue *
jinja_big_from_double (JinjaHeap *heap, double value)
{
  int exponent;
  guint32 digits[34] = { 0 };
  double fraction = frexp (fabs (trunc (value)), &exponent);
  guint64 mantissa = (guint64) ldexp (fraction, 53);
  int shift = exponent - 53;
  if (shift <= 0)
    {
      mantissa = shift > -64 ? mantissa >> -shift : 0;
      shift = 0;
    }
  guint at = (guint) shift / 32, bits = (guint) shift % 32;
  guint32 in[2] = { (guint32) mantissa, (guint32) (mantissa >> 32) };
  shift_left (in, 2, bits, digits + at);
  return make (heap, value < 0, digits, at + 3);
}

char *
jinja_big_format (const JinjaValue *value, guint base)
{
  static const char figures[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  Big big;
  view (value, &big);
  /* Base 2 has the most figures. */
  gsize room = (gsize) big.n * 32 + 2;
  g_autofree char *text = g_malloc (room);
  g_autofree guint32 *digits = g_new (guint32, big.n + 1);
  memcpy (digits, big.digits, big.n * sizeof *digits);

  /* As many figures at once as fit a digit. */
  guint32 chunk = base;
  guint per_chunk = 1;
  while ((guint64) chunk * base <= G_MAXUINT32)
    {
      chunk *= base;
      per_chunk++;
    }
  gsize at = room;
  text[--at] = '\0';
  for (guint n = trim (digits, big.n); n > 0; n = trim (digits, n))
    {
      guint32 rest = divide_small (digits, n, chunk);
      gboolean last = trim (digits, n) == 0;
      for (guint i = 0; last ? rest > 0 : i < per_chunk; i++, rest /= base)
        text[--at] = figures[rest % base];
    }
  if (text[at] == '\0')
    text[--at] = '0';
  return g_strdup (text + at);
}

JinjaValue *
jinja_big_parse (JinjaHeap *heap, gboolean negative, const char *figures, gsize n_figures, guint base)
{
  g_autofree guint32 *digits = g_new0 (guint32, n_figures * 6 / 32 + 2);
  guint n = 0;
  for (gsize i = 0; i < n_figures; i++)
    {
      guint64 carry = g_ascii_isdigit (figures[i]) ? figures[i] - '0' : g_ascii_tolower (figures[i]) - 'a' + 10;
      for (guint j = 0; j < n; j++)
        {
          carry += (guint64) digits[j] * base;
          digits[j] = (guint32) carry;
          carry >>= 32;
        }
      if (carry > 0)
        digits[n++] = (guint32) carry;
    }
  return make (heap, negative, digits, n);
}
