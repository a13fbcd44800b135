/* mill-answer-row.h: what the model answered: its thoughts folded away, its text, what it cost. */
#pragma once

#include "mill-message-row.h"

G_BEGIN_DECLS

#define MILL_TYPE_ANSWER_ROW (mill_answer_row_get_type ())
G_DECLARE_FINAL_TYPE (MillAnswerRow, mill_answer_row, MILL, ANSWER_ROW, MillMessageRow)

/* Shows or hides the reasoning, where there is one. */
void mill_answer_row_toggle_thought (MillAnswerRow *self);

G_END_DECLS
