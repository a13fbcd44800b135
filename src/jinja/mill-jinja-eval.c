/* Expressions. */
#include "mill-jinja-eval.h"

#include "mill-jinja-access.h"
#include "mill-jinja-arithmetic.h"
#include "mill-jinja-compare.h"
#include "mill-jinja-filters.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"

static JinjaList *
eval_items (JinjaRender *render, const JinjaNodes *nodes, gboolean tuple)
{
  JinjaList *list = tuple ? jinja_new_tuple (render, nodes->n) : jinja_new_list (render, nodes->n);
  for (gsize i = 0; i < nodes->n; i++)
    {
      JinjaValue *item = jinja_eval (render, nodes->items[i]);
      if (item == NULL)
        return NULL;
      jinja_list_push (list, item);
    }
  return list;
}

static JinjaValue *
eval_dict (JinjaRender *render, const JinjaNode *node)
{
  JinjaDict *dict = jinja_new_dict (render);
  for (gsize i = 0; i < node->items.n; i += 2)
    {
      JinjaValue *key = jinja_eval (render, node->items.items[i]);
      JinjaValue *value = key != NULL ? jinja_eval (render, node->items.items[i + 1]) : NULL;
      render->line = node->items.items[i]->line;
      if (value == NULL || !jinja_dict_set (render, &dict->table, key, value))
        return NULL;
    }
  return &dict->base;
}

static JinjaValue *
eval_cond (JinjaRender *render, const JinjaNode *node)
{
  JinjaValue *test = jinja_eval (render, node->cond.test);
  if (test == NULL)
    return NULL;
  if (jinja_truth (test))
    return jinja_eval (render, node->cond.then);
  if (node->cond.otherwise != NULL)
    return jinja_eval (render, node->cond.otherwise);
  return jinja_new_undefined (render, NULL, NULL, "a conditional expression without “else” did not hold");
}

static JinjaValue *
eval_logic (JinjaRender *render, const JinjaNode *node)
{
  JinjaValue *left = jinja_eval (render, node->binary.left);
  if (left == NULL || jinja_truth (left) == (node->type == JINJA_NODE_OR))
    return left;
  return jinja_eval (render, node->binary.right);
}

/* a < b < c holds where each pair does; what follows one that does not is not evaluated. */
static JinjaValue *
eval_compare (JinjaRender *render, const JinjaNode *node)
{
  JinjaValue *left = jinja_eval (render, node->compare.first), *result = NULL;
  for (gsize i = 0; left != NULL && i < node->compare.rest.n; i++)
    {
      JinjaValue *right = jinja_eval (render, node->compare.rest.items[i]);
      render->line = node->line;
      result = right != NULL ? jinja_compare (render, node->compare.ops[i], left, right) : NULL;
      if (result == NULL || !jinja_truth (result))
        return result;
      left = right;
    }
  return left != NULL ? result : NULL;
}

static JinjaValue *
eval_binary (JinjaRender *render, const JinjaNode *node)
{
  JinjaValue *left = jinja_eval (render, node->binary.left);
  JinjaValue *right = left != NULL ? jinja_eval (render, node->binary.right) : NULL;
  render->line = node->line;
  return right != NULL ? jinja_binary (render, node->op, left, right) : NULL;
}

static JinjaValue *
eval_unary (JinjaRender *render, const JinjaNode *node)
{
  JinjaValue *value = jinja_eval (render, node->operand);
  render->line = node->line;
  if (value == NULL)
    return NULL;
  return node->type == JINJA_NODE_NOT   ? jinja_bool (!jinja_truth (value))
         : node->type == JINJA_NODE_NEG ? jinja_negate (render, value)
                                        : jinja_positive (render, value);
}

/* Plain text, unless what stands here is escaped and one of the parts is markup. */
static JinjaValue *
eval_concat (JinjaRender *render, const JinjaNode *node)
{
  JinjaList *parts = eval_items (render, &node->items, TRUE);
  gboolean markup = FALSE;
  render->line = node->line;
  if (parts == NULL)
    return NULL;
  if (node->escape == JINJA_ESCAPE_ON)
    for (gsize i = 0; i < parts->n; i++)
      markup = markup || jinja_is_markup (parts->items[i]);
  for (gsize i = 0; i < parts->n; i++)
    {
      JinjaValue *text = markup ? jinja_to_html (render, parts->items[i]) : jinja_to_string (render, parts->items[i]);
      if (text == NULL)
        return NULL;
      parts->items[i] = text;
    }
  return jinja_concat (render, parts->items, parts->n, markup);
}

static JinjaValue *
eval_getattr (JinjaRender *render, const JinjaNode *node)
{
  JinjaValue *object = jinja_eval (render, node->attr.object);
  render->line = node->line;
  return object != NULL ? jinja_get_attribute (render, object, node->attr.name) : NULL;
}

static JinjaValue *
eval_slice (JinjaRender *render, const JinjaNode *node, JinjaValue *object)
{
  const JinjaNode *parts[3] = { node->slice.start, node->slice.stop, node->slice.step };
  JinjaValue *values[3] = { NULL };
  for (int i = 0; i < 3; i++)
    if (parts[i] != NULL && (values[i] = jinja_eval (render, parts[i])) == NULL)
      return NULL;
  render->line = node->line;
  return jinja_get_slice (render, object, values[0], values[1], values[2]);
}

static JinjaValue *
eval_getitem (JinjaRender *render, const JinjaNode *node)
{
  JinjaValue *object = jinja_eval (render, node->item.object);
  if (object == NULL)
    return NULL;
  if (node->item.index->type == JINJA_NODE_SLICE)
    return eval_slice (render, node->item.index, object);
  JinjaValue *key = jinja_eval (render, node->item.index);
  render->line = node->line;
  return key != NULL ? jinja_get_item (render, object, key) : NULL;
}

/* Calls ------------------------------------------------------------------------------------------- */

static gboolean
add_named (JinjaRender *render, JinjaArgs *args, JinjaValue *key, JinjaValue *value)
{
  if (key->kind != JINJA_STRING)
    return jinja_fail (render, "the names of arguments are strings") != NULL;
  if (args->named == NULL)
    args->named = jinja_new_dict (render);
  guint32 n = args->named->table.n;
  jinja_table_set (&args->named->table, key, jinja_string_hash (jinja_as_string (key)), value);
  return args->named->table.n > n
         || jinja_fail (render, "argument “%.60s” is given twice", jinja_as_string (key)->text) != NULL;
}

static gboolean
add_dynamic (JinjaRender *render, const JinjaCallArgs *nodes, JinjaArgs *args)
{
  if (nodes->dyn_args != NULL)
    {
      JinjaValue *more = jinja_eval (render, nodes->dyn_args);
      JinjaList *list = more != NULL ? jinja_to_list (render, more) : NULL;
      for (gsize i = 0; list != NULL && i < list->n; i++)
        jinja_list_push (args->positional, list->items[i]);
      if (list == NULL)
        return FALSE;
    }
  if (nodes->dyn_named != NULL)
    {
      JinjaValue *more = jinja_eval (render, nodes->dyn_named);
      gsize at = 0;
      if (more == NULL)
        return FALSE;
      if (more->kind != JINJA_DICT)
        return jinja_fail (render, "“**” asks for a dict, not for “%s”", jinja_type_name (more)) != NULL;
      for (JinjaEntry *entry; (entry = jinja_table_next (&jinja_as_dict (more)->table, &at)) != NULL;)
        if (!jinja_step (render, 1) || !add_named (render, args, entry->key, entry->value))
          return FALSE;
    }
  return TRUE;
}

gboolean
jinja_eval_args (JinjaRender *render, const JinjaCallArgs *nodes, JinjaArgs *args)
{
  args->positional = NULL;
  args->named = NULL;
  if (nodes->positional.n > 0 || nodes->dyn_args != NULL)
    {
      args->positional = eval_items (render, &nodes->positional, TRUE);
      if (args->positional == NULL)
        return FALSE;
    }
  for (gsize i = 0; i < nodes->named.n; i++)
    {
      JinjaValue *value = jinja_eval (render, nodes->named.items[i]);
      if (value == NULL || !add_named (render, args, &nodes->names[i]->base, value))
        return FALSE;
    }
  return add_dynamic (render, nodes, args);
}

/* The name of what is called, for messages. */
static const char *
get_callee_name (const JinjaNode *callee)
{
  return callee->type == JINJA_NODE_NAME      ? callee->name->text
         : callee->type == JINJA_NODE_GETATTR ? callee->attr.name->text
                                              : "the call";
}

static JinjaValue *
eval_call (JinjaRender *render, const JinjaNode *node)
{
  JinjaArgs args = { .callee = get_callee_name (node->call.callee) };
  JinjaValue *caller = render->caller; /* of a call block whose call this is */
  render->caller = NULL;
  JinjaValue *callee = jinja_eval (render, node->call.callee);
  if (callee == NULL || !jinja_eval_args (render, &node->call.args, &args))
    return NULL;
  render->line = node->line;
  if (caller != NULL && !add_named (render, &args, render->template->special_names[0], caller))
    return NULL;
  return jinja_call (render, callee, &args);
}

JinjaValue *
jinja_apply_filter (JinjaRender *render, gconstpointer def, JinjaValue *input, const JinjaArgs *args)
{
  const JinjaFilterDef *filter = def;
  return filter->func (render, input, args);
}

static JinjaValue *
eval_filter (JinjaRender *render, const JinjaNode *node)
{
  JinjaArgs args = { .callee = node->filter.name->text };
  JinjaValue *input = node->filter.input != NULL ? jinja_eval (render, node->filter.input) : render->captured;
  if (input == NULL || !jinja_eval_args (render, &node->filter.args, &args))
    return NULL;
  render->line = node->line;
  if (node->filter.def == NULL)
    return jinja_fail (render, "no %s named “%s”", node->type == JINJA_NODE_TEST ? "test" : "filter",
                       node->filter.name->text);
  return jinja_apply_filter (render, node->filter.def, input, &args);
}

static JinjaValue *
eval_node (JinjaRender *render, const JinjaNode *node)
{
  JinjaList *list;
  switch ((JinjaNodeType) node->type)
    {
    case JINJA_NODE_CONST: return node->value;
    case JINJA_NODE_NAME: return jinja_lookup (render, node->name);
    case JINJA_NODE_TUPLE:
    case JINJA_NODE_LIST:
      list = eval_items (render, &node->items, node->type == JINJA_NODE_TUPLE);
      return list != NULL ? &list->base : NULL;
    case JINJA_NODE_DICT: return eval_dict (render, node);
    case JINJA_NODE_COND: return eval_cond (render, node);
    case JINJA_NODE_OR:
    case JINJA_NODE_AND: return eval_logic (render, node);
    case JINJA_NODE_NOT:
    case JINJA_NODE_NEG:
    case JINJA_NODE_POS: return eval_unary (render, node);
    case JINJA_NODE_COMPARE: return eval_compare (render, node);
    case JINJA_NODE_BINARY: return eval_binary (render, node);
    case JINJA_NODE_CONCAT: return eval_concat (render, node);
    case JINJA_NODE_GETATTR: return eval_getattr (render, node);
    case JINJA_NODE_GETITEM: return eval_getitem (render, node);
    case JINJA_NODE_CALL: return eval_call (render, node);
    case JINJA_NODE_FILTER:
    case JINJA_NODE_TEST: return eval_filter (render, node);
    case JINJA_NODE_SLICE:
      render->line = node->line;
      return jinja_fail (render, "a slice cannot stand here");
    default: g_assert_not_reached ();
    }
}

JinjaValue *
jinja_eval (JinjaRender *render, const JinjaNode *node)
{
  JinjaValue *value = NULL;
  render->busy++;
  if (jinja_enter (render) && jinja_step (render, 1))
    value = eval_node (render, node);
  jinja_leave (render);
  render->busy--;
  return render->error == NULL ? value : NULL;
}
