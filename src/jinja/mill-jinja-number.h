/* mill-jinja-number.h: Python's numbers: comparison, reading and writing. Arithmetic, which can fail,
 * is in mill-jinja-arithmetic.c. */
#pragma once

#include "mill-jinja-bigint.h"

G_BEGIN_DECLS

typedef enum { JINJA_LESS = -1, JINJA_EQUAL = 0, JINJA_GREATER = 1, JINJA_UNORDERED = 2 } JinjaOrder;

gboolean   jinja_is_number (const JinjaValue *value); /* booleans too */
JinjaOrder jinja_number_compare (const JinjaValue *a, const JinjaValue *b); /* exact across kinds */
double     jinja_number_to_double (const JinjaValue *value); /* infinite where an integer is too large */

/* The shortest decimal that reads back as the same double, in Python's form: 1.0, 1e+16, inf. */
#define JINJA_FLOAT_SIZE 32
void jinja_float_repr (double value, char text[JINJA_FLOAT_SIZE]);

/* `%.*f`, `%.*e` or `%.*g` (upper case too) as C has them but with a point in every locale; `alternate` is '#'. */
char *jinja_float_format (double value, char conversion, int precision, gboolean alternate);

/* round (value, digits), half to even on the exact decimal value. `digits` may be negative. */
double jinja_float_round (double value, int digits);

/* Python's float (text): white space around, underscores between digits, inf and nan. */
gboolean jinja_parse_float (const char *text, gsize length, double *value);

/* Python's int (text, base), base 0 meaning by prefix. NULL where it is none, or has more than
 * JINJA_MAX_DIGITS digits. */
JinjaValue *jinja_parse_int (JinjaHeap *heap, const char *text, gsize length, guint base);

G_END_DECLS
