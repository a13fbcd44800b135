/* mill-jinja-globals.h: the functions that every template has. */
#pragma once

#include "mill-jinja-render.h"

G_BEGIN_DECLS

/* NULL where there is none of that name: chat templates have a few more. */
JinjaValue *jinja_find_global (JinjaRender *render, const char *name);

G_END_DECLS
