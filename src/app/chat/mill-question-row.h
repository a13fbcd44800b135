/* mill-question-row.h: what the person asked: a bubble at the end side. */
#pragma once

#include "mill-message-row.h"

G_BEGIN_DECLS

#define MILL_TYPE_QUESTION_ROW (mill_question_row_get_type ())
G_DECLARE_FINAL_TYPE (MillQuestionRow, mill_question_row, MILL, QUESTION_ROW, MillMessageRow)

G_END_DECLS
