/* mill-jinja-eval.h: running a template: expressions, statements, calls. */
#pragma once

#include "mill-jinja-args.h"
#include "mill-jinja-render.h"

G_BEGIN_DECLS

/* How a statement ended. */
typedef enum { JINJA_FLOW_DONE, JINJA_FLOW_BREAK, JINJA_FLOW_CONTINUE, JINJA_FLOW_FAILED } JinjaFlow;

/* The value of an expression, NULL after an error. While one is evaluated nothing is collected. */
JinjaValue *jinja_eval (JinjaRender *render, const JinjaNode *node);

/* Evaluates the arguments of a call. */
gboolean jinja_eval_args (JinjaRender *render, const JinjaCallArgs *nodes, JinjaArgs *args);

JinjaFlow jinja_run_body (JinjaRender *render, const JinjaNodes *body);

/* Assigns to a name, a tuple of targets, or a namespace's attribute, in the current scope. */
gboolean jinja_assign (JinjaRender *render, const JinjaNode *target, JinjaValue *value);

/* Calls a macro, function, method, block or recursive loop. */
JinjaValue *jinja_call (JinjaRender *render, JinjaValue *callee, const JinjaArgs *args);

/* The text that a body gives, in a scope inside of `scope`. */
JinjaValue *jinja_capture (JinjaRender *render, const JinjaNodes *body, JinjaScope *scope);

/* Applies a filter or a test by its definition. */
JinjaValue *jinja_apply_filter (JinjaRender *render, gconstpointer def, JinjaValue *input, const JinjaArgs *args);

G_END_DECLS
