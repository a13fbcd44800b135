/* mill-jinja-bigint.h: integers of any size, as sign and magnitude in base 2³².
 *
 * The operations take integers of every kind (booleans, 64 bits, big) and give the smallest kind that
 * holds the result. Sizes are bounded by JINJA_MAX_BITS: callers ask jinja_big_* only for results
 * below it, which they can tell from jinja_big_bits.
 */
#pragma once

#include "mill-jinja-value.h"

G_BEGIN_DECLS

#define JINJA_MAX_BITS 65536

/* Decimal digits that are read and written, as in Python. */
#define JINJA_MAX_DIGITS 4300

gboolean jinja_is_integer (const JinjaValue *value); /* booleans too */

guint jinja_big_bits (const JinjaValue *value);
int   jinja_big_sign (const JinjaValue *value); /* -1, 0, 1 */
int   jinja_big_compare (const JinjaValue *a, const JinjaValue *b);

JinjaValue *jinja_big_add (JinjaHeap *heap, const JinjaValue *a, const JinjaValue *b);
JinjaValue *jinja_big_subtract (JinjaHeap *heap, const JinjaValue *a, const JinjaValue *b);
JinjaValue *jinja_big_multiply (JinjaHeap *heap, const JinjaValue *a, const JinjaValue *b);

/* Floored: the remainder has the divisor's sign. Either result may be NULL; b is not 0. */
void jinja_big_divide (JinjaHeap *heap, const JinjaValue *a, const JinjaValue *b, JinjaValue **quotient,
                       JinjaValue **remainder);

/* a / b rounded once, to the nearest double; infinite where it is too large. b is not 0. */
double jinja_big_true_divide (const JinjaValue *a, const JinjaValue *b);

double      jinja_big_to_double (const JinjaValue *value); /* rounded; infinite where too large */
JinjaValue *jinja_big_from_double (JinjaHeap *heap, double value); /* truncated; `value` is finite */

/* Digits in a base from 2 to 36, lower case, without sign. */
char *jinja_big_format (const JinjaValue *value, guint base);
JinjaValue *jinja_big_parse (JinjaHeap *heap, gboolean negative, const char *digits, gsize n_digits, guint base);

G_END_DECLS
