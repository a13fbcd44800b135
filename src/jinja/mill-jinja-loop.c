#include "mill-jinja-loop.h"

#include <string.h>

#include "mill-jinja-args.h"
#include "mill-jinja-compare.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"

/* The item after the current one, which is read ahead for it; NULL at the end. */
static JinjaValue *
peek (JinjaRender *render, JinjaLoop *loop)
{
  if (loop->after == NULL)
    loop->after = jinja_iter_next (render, &loop->iter);
  return loop->after;
}

/* Moves to the next item; FALSE at the end and after an error. */
static gboolean
advance (JinjaRender *render, JinjaLoop *loop)
{
  JinjaValue *next = peek (render, loop);
  if (next == NULL)
    return FALSE;
  loop->after = NULL;
  loop->before = loop->current;
  loop->current = next;
  loop->index0++;
  return TRUE;
}

static JinjaValue *
get_neighbour (JinjaRender *render, JinjaLoop *loop, gboolean next)
{
  if (!next && loop->index0 == 0)
    return jinja_new_undefined (render, NULL, NULL, "there is no previous item");
  JinjaValue *item = next ? peek (render, loop) : loop->before;
  if (item == NULL && render->error == NULL)
    return jinja_new_undefined (render, NULL, NULL, "there is no next item");
  return item;
}

JinjaValue *
jinja_loop_attribute (JinjaRender *render, JinjaLoop *loop, const char *name)
{
  gsize length;
  if (strcmp (name, "index") == 0)
    return jinja_new_int (render, loop->index0 + 1);
  if (strcmp (name, "index0") == 0)
    return jinja_new_int (render, loop->index0);
  if (strcmp (name, "first") == 0)
    return jinja_bool (loop->index0 == 0);
  if (strcmp (name, "last") == 0)
    return peek (render, loop) != NULL ? jinja_bool (FALSE) : render->error == NULL ? jinja_bool (TRUE) : NULL;
  if (strcmp (name, "depth") == 0)
    return jinja_new_int (render, (gint64) loop->depth0 + 1);
  if (strcmp (name, "depth0") == 0)
    return jinja_new_int (render, loop->depth0);
  if (strcmp (name, "previtem") == 0 || strcmp (name, "nextitem") == 0)
    return get_neighbour (render, loop, *name == 'n');
  if (strcmp (name, "length") != 0 && strcmp (name, "revindex") != 0 && strcmp (name, "revindex0") != 0)
    return NULL;
  if (!jinja_loop_length (render, loop, &length))
    return NULL;
  gint64 passed = *name == 'l' ? 0 : strcmp (name, "revindex") == 0 ? loop->index0 : loop->index0 + 1;
  return jinja_new_int (render, (gint64) length - passed);
}

JinjaValue *
jinja_loop_cycle (JinjaRender *render, JinjaValue *self, const JinjaArgs *args)
{
  gsize n = jinja_args_n (args);
  if (n == 0 || jinja_args_n_named (args) > 0)
    return jinja_fail (render, "loop.cycle asks for items to cycle through");
  return jinja_args_get (args, (gsize) jinja_as_loop (self)->index0 % n);
}

JinjaValue *
jinja_loop_changed (JinjaRender *render, JinjaValue *self, const JinjaArgs *args)
{
  JinjaLoop *loop = jinja_as_loop (self);
  JinjaList *now = jinja_new_tuple (render, jinja_args_n (args));
  if (jinja_args_n_named (args) > 0)
    return jinja_fail (render, "loop.changed takes no named arguments");
  for (gsize i = 0; i < jinja_args_n (args); i++)
    jinja_list_push (now, jinja_args_get (args, i));
  gboolean same = loop->changed != NULL && jinja_equal (render, loop->changed, &now->base);
  loop->changed = &now->base;
  return render->error == NULL ? jinja_bool (!same) : NULL;
}

/* What `for … in … if …` leaves of an iteration. */
static JinjaValue *
next_that_passes (JinjaRender *render, JinjaIterator *self)
{
  const JinjaNode *node = self->data;
  JinjaScope *outer = render->scope, *scope = jinja_as_scope (self->state[0]);
  JinjaValue *item;
  while ((item = jinja_iter_next (render, &self->source)) != NULL)
    {
      jinja_table_reset (&scope->table);
      render->scope = scope;
      JinjaValue *test = jinja_assign (render, node->loop.target, item) ? jinja_eval (render, node->loop.test) : NULL;
      render->scope = outer;
      if (test == NULL || jinja_truth (test))
        return test != NULL ? item : NULL;
    }
  return NULL;
}

static JinjaLoop *
new_loop (JinjaRender *render, const JinjaNode *node, JinjaScope *scope, JinjaValue *items, guint depth0)
{
  JinjaLoop *loop = jinja_value_alloc (&render->heap, JINJA_LOOP, sizeof *loop);
  loop->node = node;
  loop->scope = scope;
  loop->index0 = -1;
  loop->length = -1;
  loop->depth0 = depth0;
  loop->source = items;
  if (!jinja_iter_init (render, &loop->iter, items))
    return NULL;
  if (node->loop.test != NULL)
    {
      JinjaValue *passing = jinja_new_iterator (render, "generator", next_that_passes, items);
      jinja_as_iterator (passing)->source = loop->iter;
      JinjaScope *outer = jinja_push_scope (render, scope);
      jinja_as_iterator (passing)->state[0] = &render->scope->base;
      render->scope = outer;
      jinja_as_iterator (passing)->data = node;
      loop->source = passing;
      loop->iter = (JinjaIter) { passing, 0, 0 };
    }
  return loop;
}

/* The rounds, and `else` where no round went through to the end of its body. */
static JinjaFlow
run_rounds (JinjaRender *render, JinjaLoop *loop)
{
  const JinjaNode *node = loop->node;
  JinjaString *name = jinja_as_string (render->template->loop_name);
  gboolean through = FALSE;
  JinjaFlow flow = JINJA_FLOW_DONE;
  jinja_push_scope (render, loop->scope);
  JinjaScope *scope = render->scope;
  while (flow != JINJA_FLOW_BREAK && advance (render, loop))
    {
      /* One scope for all rounds, empty at the start of each: so has Python, and a macro that a round
       * leaves behind sees the variables of the last one. */
      jinja_table_reset (&scope->table);
      render->scope = scope;
      jinja_scope_set (render, render->scope, name, &loop->base);
      if (!jinja_assign (render, node->loop.target, loop->current))
        return JINJA_FLOW_FAILED;
      flow = jinja_run_body (render, &node->loop.body);
      if (flow == JINJA_FLOW_FAILED)
        return flow;
      through = through || flow == JINJA_FLOW_DONE;
      render->scope = scope;
      jinja_collect (render);
    }
  render->scope = loop->scope;
  if (render->error != NULL)
    return JINJA_FLOW_FAILED;
  if (through || node->loop.otherwise.n == 0)
    return JINJA_FLOW_DONE;
  jinja_push_scope (render, loop->scope);
  flow = jinja_run_body (render, &node->loop.otherwise);
  render->scope = loop->scope;
  return flow;
}

static JinjaFlow
run_loop (JinjaRender *render, JinjaLoop *loop)
{
  JinjaScope *outer = render->scope;
  g_ptr_array_add (render->roots, loop);
  g_ptr_array_add (render->roots, outer);
  JinjaFlow flow = run_rounds (render, loop);
  g_ptr_array_set_size (render->roots, (int) render->roots->len - 2);
  render->scope = outer;
  return flow;
}

JinjaFlow
jinja_run_for (JinjaRender *render, const JinjaNode *node)
{
  JinjaValue *items = jinja_eval (render, node->loop.iter);
  JinjaLoop *loop = items != NULL ? new_loop (render, node, render->scope, items, 0) : NULL;
  return loop != NULL ? run_loop (render, loop) : JINJA_FLOW_FAILED;
}

JinjaValue *
jinja_loop_recurse (JinjaRender *render, JinjaLoop *loop, JinjaValue *items)
{
  JinjaSink sink, *outer;
  if (!loop->node->loop.recursive)
    return jinja_fail (render, "only a loop marked “recursive” can be called");
  JinjaLoop *inner = new_loop (render, loop->node, loop->scope, items, loop->depth0 + 1);
  if (inner == NULL)
    return NULL;
  jinja_sink_open (render, &sink, &outer);
  run_loop (render, inner);
  JinjaValue *text = jinja_sink_close (render, &sink, outer);
  return render->autoescape ? jinja_as_markup (render, text) : text;
}
