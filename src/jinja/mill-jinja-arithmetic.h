/* mill-jinja-arithmetic.h: + - * / // % ** on numbers, strings and lists. */
#pragma once

#include "mill-jinja-render.h"

G_BEGIN_DECLS

JinjaValue *jinja_binary (JinjaRender *render, JinjaOp op, JinjaValue *a, JinjaValue *b);
JinjaValue *jinja_negate (JinjaRender *render, JinjaValue *a);
JinjaValue *jinja_positive (JinjaRender *render, JinjaValue *a);

/* round (number, digits) and abs (number). */
JinjaValue *jinja_round (JinjaRender *render, JinjaValue *number, gint64 digits);
JinjaValue *jinja_abs (JinjaRender *render, JinjaValue *number);

/* int (number): truncated; an error for infinities and NaN. */
JinjaValue *jinja_truncate (JinjaRender *render, JinjaValue *number);

/* text × n, with the memory checked. */
JinjaValue *jinja_repeat_string (JinjaRender *render, const JinjaString *text, JinjaValue *times);

G_END_DECLS
