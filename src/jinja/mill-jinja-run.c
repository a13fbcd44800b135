/* Statements. */
#include "mill-jinja-compare.h"
#include "mill-jinja-eval.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-loop.h"
#include "mill-jinja-repr.h"

/* Assignment -------------------------------------------------------------------------------------- */

static gboolean
assign_attribute (JinjaRender *render, const JinjaNode *target, JinjaValue *value)
{
  JinjaValue *object = jinja_lookup (render, target->attr.object->name);
  render->line = target->line;
  if (object->kind != JINJA_NAMESPACE)
    return jinja_fail (render, "only attributes of a namespace can be set") != NULL;
  return jinja_dict_set (render, &jinja_as_dict (object)->table, &target->attr.name->base, value);
}

static gboolean
assign_tuple (JinjaRender *render, const JinjaNode *target, JinjaValue *value)
{
  JinjaIter iter;
  JinjaValue *item;
  gsize n = 0;
  if (!jinja_iter_init (render, &iter, value))
    return FALSE;
  /* All items are taken before any is assigned, as Python does. */
  JinjaList *items = jinja_new_tuple (render, target->items.n);
  while (n <= target->items.n && (item = jinja_iter_next (render, &iter)) != NULL)
    {
      jinja_list_push (items, item);
      n++;
    }
  if (render->error == NULL && n != target->items.n)
    return jinja_fail (render, n > target->items.n ? "more values to unpack than the %" G_GSIZE_FORMAT " names"
                                                   : "fewer values to unpack than the %" G_GSIZE_FORMAT " names",
                       target->items.n) != NULL;
  for (gsize i = 0; render->error == NULL && i < n; i++)
    if (!jinja_assign (render, target->items.items[i], items->items[i]))
      return FALSE;
  return render->error == NULL;
}

gboolean
jinja_assign (JinjaRender *render, const JinjaNode *target, JinjaValue *value)
{
  gboolean fine = FALSE;
  render->line = target->line;
  if (target->type == JINJA_NODE_NAME)
    {
      jinja_scope_set (render, render->scope, target->name, value);
      return jinja_step (render, 1);
    }
  if (target->type == JINJA_NODE_NSREF)
    return assign_attribute (render, target, value);
  if (jinja_enter (render))
    fine = assign_tuple (render, target, value);
  jinja_leave (render);
  return fine;
}

/* Output ------------------------------------------------------------------------------------------ */

static JinjaFlow
emit_value (JinjaRender *render, JinjaValue *value, gboolean escape)
{
  JinjaValue *text = value == NULL ? NULL
                     : escape      ? jinja_to_html (render, value)
                                   : jinja_to_string (render, value);
  if (text == NULL || !jinja_emit (render, jinja_as_string (text)->text, jinja_as_string (text)->n_bytes))
    return JINJA_FLOW_FAILED;
  return JINJA_FLOW_DONE;
}

static gboolean
is_escaping (const JinjaRender *render, const JinjaNode *node)
{
  return node->escape == JINJA_ESCAPE_ON || (node->escape == JINJA_ESCAPE_DYNAMIC && render->autoescape);
}

static JinjaFlow
run_print (JinjaRender *render, const JinjaNode *node)
{
  JinjaValue *value = jinja_eval (render, node->operand);
  render->line = node->operand->line;
  return emit_value (render, value, is_escaping (render, node));
}

/* Bodies in a scope of their own ------------------------------------------------------------------ */

static JinjaFlow
run_if (JinjaRender *render, const JinjaNode *node)
{
  for (gsize i = 0; i < node->branch.tests.n; i++)
    {
      JinjaValue *test = jinja_eval (render, node->branch.tests.items[i]);
      if (test == NULL)
        return JINJA_FLOW_FAILED;
      if (jinja_truth (test))
        return jinja_run_body (render, &node->branch.bodies[i]);
    }
  return jinja_run_body (render, &node->branch.otherwise);
}

static JinjaFlow
run_with (JinjaRender *render, const JinjaNode *node)
{
  JinjaScope *outer = jinja_push_scope (render, render->scope), *scope = render->scope;
  JinjaFlow flow = JINJA_FLOW_DONE;
  for (gsize i = 0; i < node->with.values.n && flow == JINJA_FLOW_DONE; i++)
    {
      /* The values do not see the names that are being set. */
      render->scope = outer;
      JinjaValue *value = jinja_eval (render, node->with.values.items[i]);
      render->scope = scope;
      if (value == NULL || !jinja_assign (render, node->with.targets.items[i], value))
        flow = JINJA_FLOW_FAILED;
    }
  if (flow == JINJA_FLOW_DONE)
    flow = jinja_run_body (render, &node->with.body);
  render->scope = outer;
  return flow;
}

static JinjaFlow
run_autoescape (JinjaRender *render, const JinjaNode *node)
{
  JinjaScope *outer = jinja_push_scope (render, render->scope);
  gboolean before = render->autoescape;
  JinjaFlow flow = JINJA_FLOW_FAILED;
  JinjaValue *value = jinja_eval (render, node->scope.value);
  if (value != NULL)
    {
      render->autoescape = jinja_truth (value);
      flow = jinja_run_body (render, &node->scope.body);
    }
  render->autoescape = before;
  render->scope = outer;
  return flow;
}

static JinjaFlow
run_generation (JinjaRender *render, const JinjaNode *node)
{
  JinjaScope *outer = jinja_push_scope (render, render->scope);
  JinjaFlow flow = jinja_run_body (render, &node->scope.body);
  render->scope = outer;
  return flow;
}

static JinjaFlow
run_block (JinjaRender *render, const JinjaNode *node)
{
  render->line = node->line;
  if (node->block.required)
    {
      jinja_fail (render, "block “%s” is required, and no template fills it", node->block.name->text);
      return JINJA_FLOW_FAILED;
    }
  /* A block sees the variables of the template, those of the loop around it only when it is scoped. */
  JinjaScope *outer = jinja_push_scope (render, node->block.scoped ? render->scope : render->root);
  jinja_scope_set (render, render->scope, jinja_as_string (render->template->super_name),
                   jinja_new_undefined (render, NULL, &node->block.name->base, "there is no parent block called %s"));
  g_ptr_array_add (render->roots, outer);
  JinjaFlow flow = jinja_run_body (render, &node->block.body);
  g_ptr_array_set_size (render->roots, (int) render->roots->len - 1);
  render->scope = outer;
  return flow;
}

/* Statements that capture a body ------------------------------------------------------------------ */

/* The text of a body in a new scope, through a filter that is evaluated in it. *flow says whether the
 * body left by break or continue: then there is no text. */
static JinjaValue *
capture_filtered (JinjaRender *render, const JinjaNodes *body, const JinjaNode *filter, gboolean markup, JinjaFlow *flow)
{
  JinjaSink sink, *outer_sink;
  JinjaScope *outer = jinja_push_scope (render, render->scope);
  jinja_sink_open (render, &sink, &outer_sink);
  *flow = jinja_run_body (render, body);
  JinjaValue *text = jinja_sink_close (render, &sink, outer_sink);
  if (text != NULL && markup)
    text = jinja_as_markup (render, text);
  if (text != NULL && *flow == JINJA_FLOW_DONE && filter != NULL)
    {
      JinjaValue *before = render->captured;
      render->captured = text;
      text = jinja_eval (render, filter);
      render->captured = before;
    }
  render->scope = outer;
  if (text == NULL)
    *flow = JINJA_FLOW_FAILED;
  return *flow == JINJA_FLOW_DONE ? text : NULL;
}

static JinjaFlow
run_set_block (JinjaRender *render, const JinjaNode *node)
{
  JinjaFlow flow;
  gboolean markup = render->autoescape;
  JinjaValue *value = capture_filtered (render, &node->set_block.body, node->set_block.filter, markup, &flow);
  if (value == NULL)
    return flow;
  if (markup && !jinja_is_markup (value))
    value = jinja_as_markup (render, jinja_to_string (render, value));
  return value != NULL && jinja_assign (render, node->set_block.target, value) ? JINJA_FLOW_DONE : JINJA_FLOW_FAILED;
}

static JinjaFlow
run_filter_block (JinjaRender *render, const JinjaNode *node)
{
  JinjaFlow flow;
  JinjaValue *value = capture_filtered (render, &node->filter_block.body, node->filter_block.filter,
                                        is_escaping (render, node), &flow);
  return value != NULL ? emit_value (render, value, FALSE) : flow;
}

static JinjaValue *
new_macro (JinjaRender *render, const JinjaNode *node)
{
  JinjaMacro *macro = jinja_value_alloc (&render->heap, JINJA_MACRO, sizeof *macro);
  macro->node = node;
  macro->scope = render->scope;
  return &macro->base;
}

static JinjaFlow
run_call_block (JinjaRender *render, const JinjaNode *node)
{
  render->caller = new_macro (render, node);
  JinjaValue *value = jinja_eval (render, node->macro.call);
  render->caller = NULL;
  return emit_value (render, value, FALSE);
}

static JinjaFlow
run_statement (JinjaRender *render, const JinjaNode *node)
{
  JinjaValue *value;
  switch ((JinjaNodeType) node->type)
    {
    case JINJA_NODE_DATA:
      return jinja_emit (render, jinja_as_string (node->value)->text, jinja_as_string (node->value)->n_bytes)
               ? JINJA_FLOW_DONE : JINJA_FLOW_FAILED;
    case JINJA_NODE_PRINT: return run_print (render, node);
    case JINJA_NODE_FOR: return jinja_run_for (render, node);
    case JINJA_NODE_IF: return run_if (render, node);
    case JINJA_NODE_WITH: return run_with (render, node);
    case JINJA_NODE_SET:
      value = jinja_eval (render, node->set.value);
      return value != NULL && jinja_assign (render, node->set.target, value) ? JINJA_FLOW_DONE : JINJA_FLOW_FAILED;
    case JINJA_NODE_SET_BLOCK: return run_set_block (render, node);
    case JINJA_NODE_MACRO:
      jinja_scope_set (render, render->scope, node->macro.def.name, new_macro (render, node));
      return JINJA_FLOW_DONE;
    case JINJA_NODE_CALL_BLOCK: return run_call_block (render, node);
    case JINJA_NODE_FILTER_BLOCK: return run_filter_block (render, node);
    case JINJA_NODE_BLOCK: return run_block (render, node);
    case JINJA_NODE_AUTOESCAPE: return run_autoescape (render, node);
    case JINJA_NODE_GENERATION: return run_generation (render, node);
    case JINJA_NODE_BREAK: return JINJA_FLOW_BREAK;
    case JINJA_NODE_CONTINUE: return JINJA_FLOW_CONTINUE;
    case JINJA_NODE_LOADER:
      render->line = node->line;
      jinja_fail (render, "“%s” needs other templates, and there are none here", node->name->text);
      return JINJA_FLOW_FAILED;
    default: g_assert_not_reached ();
    }
}

JinjaFlow
jinja_run_body (JinjaRender *render, const JinjaNodes *body)
{
  JinjaFlow flow = JINJA_FLOW_DONE;
  if (!jinja_enter (render))
    flow = JINJA_FLOW_FAILED;
  for (gsize i = 0; i < body->n && flow == JINJA_FLOW_DONE; i++)
    flow = jinja_step (render, 1) ? run_statement (render, body->items[i]) : JINJA_FLOW_FAILED;
  jinja_leave (render);
  return flow;
}
