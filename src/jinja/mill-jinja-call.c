/* Calls. */
#include "mill-jinja-args.h"
#include "mill-jinja-eval.h"
#include "mill-jinja-loop.h"
#include "mill-jinja-repr.h"

JinjaValue *
jinja_capture (JinjaRender *render, const JinjaNodes *body, JinjaScope *scope)
{
  JinjaSink sink, *outer_sink;
  JinjaScope *outer = render->scope;
  jinja_sink_open (render, &sink, &outer_sink);
  render->scope = scope;
  jinja_run_body (render, body);
  render->scope = outer;
  return jinja_sink_close (render, &sink, outer_sink);
}

/* Binding a macro's arguments ----------------------------------------------------------------------- */

typedef struct {
  const JinjaMacroDef *def;
  const JinjaArgs     *args;
  JinjaScope          *scope;  /* the macro's variables */
  JinjaDict           *named;  /* arguments by name that are left */
} Binding;

static JinjaValue *
take_named (Binding *self, JinjaValue *name)
{
  if (self->named == NULL)
    return NULL;
  JinjaTable *table = &self->named->table;
  JinjaEntry *entry = jinja_table_find (table, name, jinja_string_hash (jinja_as_string (name)));
  JinjaValue *value = entry != NULL ? entry->value : NULL;
  if (entry != NULL)
    jinja_table_remove (table, entry);
  return value;
}

static const char *
get_macro_name (const JinjaMacroDef *def)
{
  return def->name != NULL ? def->name->text : "caller";
}

/* caller, kwargs and varargs, for macros that read them; else there may be no arguments left. */
static gboolean
bind_special (JinjaRender *render, Binding *self, gboolean has_caller)
{
  JinjaValue *const *names = render->template->special_names;
  gsize n = jinja_args_n (self->args), n_params = self->def->n_params, at = 0;
  if (self->def->uses_caller && !has_caller)
    {
      JinjaValue *caller = take_named (self, names[0]);
      if (caller == NULL)
        caller = jinja_new_undefined (render, NULL, NULL, "the macro was not called by a call block");
      jinja_scope_set (render, self->scope, jinja_as_string (names[0]), caller);
    }
  if (self->def->uses_kwargs)
    jinja_scope_set (render, self->scope, jinja_as_string (names[1]),
                     self->named != NULL ? &self->named->base : &jinja_new_dict (render)->base);
  else if (self->named != NULL && self->named->table.n > 0)
    return jinja_fail (render, "macro “%s” has no argument “%.60s”", get_macro_name (self->def),
                       jinja_as_string (jinja_table_next (&self->named->table, &at)->key)->text) != NULL;
  if (self->def->uses_varargs)
    {
      JinjaList *rest = jinja_new_tuple (render, n > n_params ? n - n_params : 0);
      for (gsize i = n_params; i < n; i++)
        jinja_list_push (rest, jinja_args_get (self->args, i));
      jinja_scope_set (render, self->scope, jinja_as_string (names[2]), &rest->base);
    }
  else if (n > n_params)
    return jinja_fail (render, "macro “%s” takes at most %" G_GSIZE_FORMAT " arguments", get_macro_name (self->def),
                       n_params) != NULL;
  return TRUE;
}

/* Sets the parameters, those that were not given to their defaults, which may read the ones before. */
static gboolean
bind_params (JinjaRender *render, Binding *self)
{
  const JinjaMacroDef *def = self->def;
  gsize n = jinja_args_n (self->args), first_default = def->n_params - def->defaults.n;
  gboolean has_caller = FALSE;
  g_autofree JinjaValue **values = g_new0 (JinjaValue *, def->n_params + 1);
  for (gsize i = 0; i < def->n_params; i++)
    {
      values[i] = i < n ? jinja_args_get (self->args, i) : take_named (self, &def->params[i]->base);
      has_caller = has_caller || jinja_string_is (&def->params[i]->base, "caller");
      if (values[i] != NULL)
        jinja_scope_set (render, self->scope, def->params[i], values[i]);
    }
  if (!bind_special (render, self, has_caller))
    return FALSE;
  for (gsize i = 0; i < def->n_params; i++)
    {
      if (values[i] != NULL)
        continue;
      JinjaValue *value = i >= first_default
                            ? jinja_eval (render, def->defaults.items[i - first_default])
                            : jinja_new_undefined (render, NULL, &def->params[i]->base, "parameter %s was not given");
      if (value == NULL)
        return FALSE;
      jinja_scope_set (render, self->scope, def->params[i], value);
    }
  return TRUE;
}

static JinjaValue *
call_macro (JinjaRender *render, JinjaMacro *macro, const JinjaArgs *args)
{
  const JinjaMacroDef *def = &macro->node->macro.def;
  JinjaScope *outer = jinja_push_scope (render, macro->scope);
  Binding binding = { .def = def, .args = args, .scope = render->scope };
  JinjaValue *text = NULL;
  gsize at = 0;
  if (args->named != NULL)
    {
      binding.named = jinja_new_dict (render);
      for (JinjaEntry *entry; (entry = jinja_table_next (&args->named->table, &at)) != NULL;)
        jinja_table_set (&binding.named->table, entry->key, entry->hash, entry->value);
    }
  if (bind_params (render, &binding))
    text = jinja_capture (render, &def->body, binding.scope);
  render->scope = outer;
  return render->autoescape ? jinja_as_markup (render, text) : text;
}

static JinjaValue *
call_block (JinjaRender *render, JinjaBlock *block, const JinjaArgs *args)
{
  if (!jinja_args_none (render, args))
    return NULL;
  JinjaScope *outer = jinja_push_scope (render, render->root);
  JinjaValue *text = jinja_capture (render, &block->node->block.body, render->scope);
  render->scope = outer;
  return render->autoescape ? jinja_as_markup (render, text) : text;
}

static JinjaValue *
call_joiner (JinjaRender *render, JinjaJoiner *joiner, const JinjaArgs *args)
{
  if (!jinja_args_none (render, args))
    return NULL;
  if (joiner->used)
    return joiner->separator;
  joiner->used = TRUE;
  return jinja_empty_string ();
}

static JinjaValue *
call_value (JinjaRender *render, JinjaValue *callee, const JinjaArgs *args)
{
  JinjaValue *items;
  switch ((JinjaKind) callee->kind)
    {
    case JINJA_MACRO: return call_macro (render, jinja_as_macro (callee), args);
    case JINJA_BLOCK: return call_block (render, jinja_as_block (callee), args);
    case JINJA_JOINER: return call_joiner (render, jinja_as_joiner (callee), args);
    case JINJA_FUNCTION:
    case JINJA_METHOD: return jinja_as_method (callee)->def->func (render, jinja_as_method (callee)->self, args);
    case JINJA_LOOP:
      return jinja_args_bind (render, args, "iterable", 1, &items)
               ? jinja_loop_recurse (render, jinja_as_loop (callee), items) : NULL;
    case JINJA_UNDEFINED: return jinja_fail_undefined (render, callee);
    default: return jinja_fail (render, "“%s” objects cannot be called", jinja_type_name (callee));
    }
}

JinjaValue *
jinja_call (JinjaRender *render, JinjaValue *callee, const JinjaArgs *args)
{
  JinjaValue *value = NULL;
  if (jinja_enter (render))
    value = call_value (render, callee, args);
  jinja_leave (render);
  return render->error == NULL ? value : NULL;
}
