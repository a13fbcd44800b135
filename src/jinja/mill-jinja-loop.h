/* mill-jinja-loop.h: {% for %}: the iteration and its loop variable. */
#pragma once

#include "mill-jinja-eval.h"
#include "mill-jinja-render.h"

G_BEGIN_DECLS

/* Runs a FOR. */
JinjaFlow jinja_run_for (JinjaRender *render, const JinjaNode *node);

/* loop (items), in a recursive loop: the text that the body gives for them. */
JinjaValue *jinja_loop_recurse (JinjaRender *render, JinjaLoop *loop, JinjaValue *items);

JinjaValue *jinja_loop_attribute (JinjaRender *render, JinjaLoop *loop, const char *name);
JinjaValue *jinja_loop_cycle (JinjaRender *render, JinjaValue *self, const JinjaArgs *args);
JinjaValue *jinja_loop_changed (JinjaRender *render, JinjaValue *self, const JinjaArgs *args);

G_END_DECLS
