/* map, select, reject, selectattr, rejectattr: generators, which work on an item when it is asked for
 * and can be gone through once. */
#include <string.h>

#include "mill-jinja-eval.h"
#include "mill-jinja-filters.h"
#include "mill-jinja-iter.h"
#include "mill-jinja-repr.h"

#define FILTER(name) static JinjaValue *name (JinjaRender *render, JinjaValue *input, const JinjaArgs *args)

/* The arguments after the first `skip`, for a filter or test of that name. */
static JinjaValue *
get_rest (JinjaRender *render, const JinjaArgs *args, gsize skip)
{
  JinjaList *rest = jinja_new_tuple (render, 0);
  for (gsize i = skip; i < jinja_args_n (args); i++)
    jinja_list_push (rest, jinja_args_get (args, i));
  return &rest->base;
}

/* state: positional and named arguments of the filter or test, the path of an attribute. */
static JinjaValue *
apply (JinjaRender *render, JinjaIterator *self, JinjaValue *item)
{
  const JinjaFilterDef *def = self->data;
  JinjaArgs args = { def->name, jinja_as_list (self->state[0]),
                     self->state[1] != NULL ? jinja_as_dict (self->state[1]) : NULL };
  return jinja_apply_filter (render, def, item, &args);
}

static JinjaValue *
next_mapped (JinjaRender *render, JinjaIterator *self)
{
  JinjaValue *item = jinja_iter_next (render, &self->source);
  return item != NULL ? apply (render, self, item) : NULL;
}

/* state: the path, the default. */
static JinjaValue *
next_attribute (JinjaRender *render, JinjaIterator *self)
{
  JinjaValue *item = jinja_iter_next (render, &self->source);
  return item != NULL ? jinja_attribute_get (render, jinja_as_list (self->state[0]), item, self->state[1]) : NULL;
}

static JinjaValue *
next_selected (JinjaRender *render, JinjaIterator *self)
{
  JinjaValue *item;
  gboolean reject = self->number[0] != 0;
  while ((item = jinja_iter_next (render, &self->source)) != NULL)
    {
      JinjaValue *tested = item;
      if (self->state[2] != NULL)
        tested = jinja_attribute_get (render, jinja_as_list (self->state[2]), item, NULL);
      if (tested != NULL && self->data != NULL)
        tested = apply (render, self, tested);
      if (tested == NULL)
        return NULL;
      if (jinja_truth (tested) != reject)
        return item;
    }
  return NULL;
}

static JinjaValue *
new_generator (JinjaRender *render, JinjaNextFunc next, JinjaValue *input, JinjaIterator **self)
{
  JinjaValue *value = jinja_new_iterator (render, "generator", next, NULL);
  *self = jinja_as_iterator (value);
  return jinja_iter_init (render, &(*self)->source, input) ? value : NULL;
}

/* What these filters give for an input that is false, whatever their arguments. */
static JinjaValue *
nothing (JinjaRender *render)
{
  return jinja_iterate (render, jinja_new_list (render, 0), "generator");
}

static JinjaValue *
map_attribute (JinjaRender *render, JinjaValue *input, const JinjaArgs *args)
{
  JinjaIterator *self;
  JinjaValue *values[2];
  if (!jinja_args_bind (render, args, "attribute default", 0, values))
    return NULL;
  JinjaList *path = jinja_attribute_path (render, values[0]);
  JinjaValue *value = path != NULL ? new_generator (render, next_attribute, input, &self) : NULL;
  if (value == NULL)
    return NULL;
  self->state[0] = &path->base;
  self->state[1] = values[1];
  return value;
}

FILTER (filter_map)
{
  JinjaIterator *self;
  if (!jinja_truth (input))
    return nothing (render);
  if (jinja_args_n (args) == 0 && jinja_args_get_named (args, "attribute") != NULL)
    return map_attribute (render, input, args);
  JinjaValue *name = jinja_args_get (args, 0);
  if (name == NULL || name->kind != JINJA_STRING)
    return jinja_fail (render, "map asks for the name of a filter, or an attribute");
  const JinjaFilterDef *def = jinja_find_filter (jinja_as_string (name)->text);
  if (def == NULL)
    return jinja_fail (render, "no filter named “%.60s”", jinja_as_string (name)->text);
  JinjaValue *value = new_generator (render, next_mapped, input, &self);
  if (value == NULL)
    return NULL;
  self->data = def;
  self->state[0] = get_rest (render, args, 1);
  self->state[1] = args->named != NULL ? &args->named->base : NULL;
  return value;
}

static JinjaValue *
select_or_reject (JinjaRender *render, JinjaValue *input, const JinjaArgs *args, gboolean reject, gboolean by_attribute)
{
  JinjaIterator *self;
  if (!jinja_truth (input))
    return nothing (render);
  if (by_attribute && jinja_args_n (args) == 0)
    return jinja_fail (render, "%s asks for an attribute", args->callee);
  JinjaValue *name = jinja_args_get (args, by_attribute);
  const JinjaFilterDef *def = NULL;
  if (name != NULL)
    {
      def = name->kind == JINJA_STRING ? jinja_find_test (jinja_as_string (name)->text) : NULL;
      if (def == NULL)
        return jinja_fail (render, "%s: no test named “%.60s”", args->callee,
                           name->kind == JINJA_STRING ? jinja_as_string (name)->text : jinja_type_name (name));
    }
  JinjaValue *value = new_generator (render, next_selected, input, &self);
  if (value == NULL)
    return NULL;
  self->data = def;
  self->number[0] = reject;
  self->state[0] = get_rest (render, args, (gsize) by_attribute + 1);
  self->state[1] = args->named != NULL ? &args->named->base : NULL;
  if (by_attribute)
    {
      JinjaList *path = jinja_attribute_path (render, jinja_args_get (args, 0));
      if (path == NULL)
        return NULL;
      self->state[2] = &path->base;
    }
  return value;
}

FILTER (filter_select) { return select_or_reject (render, input, args, FALSE, FALSE); }
FILTER (filter_reject) { return select_or_reject (render, input, args, TRUE, FALSE); }
FILTER (filter_selectattr) { return select_or_reject (render, input, args, FALSE, TRUE); }
FILTER (filter_rejectattr) { return select_or_reject (render, input, args, TRUE, TRUE); }

const JinjaFilterDef jinja_lazy_filters[] = {
  { "map", filter_map },           { "reject", filter_reject },         { "rejectattr", filter_rejectattr },
  { "select", filter_select },     { "selectattr", filter_selectattr }, { NULL, NULL },
};
