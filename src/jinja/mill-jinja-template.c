/* Templates: parsed once, rendered as often as wanted. */
#include <string.h>

#include "mill-jinja-ast.h"
#include "mill-jinja-eval.h"
#include "mill-jinja-render.h"
#include "mill-jinja-text.h"

G_DEFINE_QUARK (mill-jinja-error-quark, mill_jinja_error)

static gboolean
check_source (const char *source, gsize length, GError **error)
{
  gsize valid = jinja_utf8_valid_prefix (source, MIN (length, JINJA_MAX_SOURCE));
  if (length > JINJA_MAX_SOURCE)
    {
      g_set_error (error, MILL_JINJA_ERROR, MILL_JINJA_ERROR_LIMIT, "larger than %d MiB", JINJA_MAX_SOURCE >> 20);
      return FALSE;
    }
  if (valid == length)
    return TRUE;
  guint line = 1;
  for (gsize i = 0; i < valid; i++)
    line += source[i] == '\n';
  g_set_error (error, MILL_JINJA_ERROR, MILL_JINJA_ERROR_SYNTAX, "line %u: not UTF-8", line);
  return FALSE;
}

static JinjaValue *
add_name (MillJinjaTemplate *self, const char *text)
{
  JinjaValue *name = jinja_string_literal (NULL, text);
  g_ptr_array_add (self->values, name);
  g_hash_table_insert (self->names, jinja_as_string (name)->text, name);
  return name;
}

static MillJinjaTemplate *
new_empty (MillJinjaEnvironment environment)
{
  MillJinjaTemplate *self = g_new0 (MillJinjaTemplate, 1);
  self->refs = 1;
  self->environment = environment;
  self->blocks = g_hash_table_new (NULL, NULL);
  self->names = g_hash_table_new (g_str_hash, g_str_equal);
  self->reads = g_hash_table_new (NULL, NULL);
  self->values = g_ptr_array_new_with_free_func ((GDestroyNotify) mill_jinja_value_unref);
  self->memory = g_ptr_array_new_with_free_func (g_free);
  self->loop_name = add_name (self, "loop");
  self->super_name = add_name (self, "super");
  self->special_names[0] = add_name (self, "caller");
  self->special_names[1] = add_name (self, "kwargs");
  self->special_names[2] = add_name (self, "varargs");
  return self;
}

MillJinjaTemplate *
mill_jinja_template_new (const char *source, gssize length, MillJinjaEnvironment environment, GError **error)
{
  gsize size = length < 0 ? strlen (source) : (gsize) length;
  if (!check_source (source, size, error))
    return NULL;
  g_autoptr (MillJinjaTemplate) self = new_empty (environment);
  return jinja_parse (self, source, size, error) ? g_steal_pointer (&self) : NULL;
}

MillJinjaTemplate *
mill_jinja_template_ref (MillJinjaTemplate *self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
mill_jinja_template_unref (MillJinjaTemplate *self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  g_hash_table_unref (self->blocks);
  g_hash_table_unref (self->names);
  g_hash_table_unref (self->reads);
  g_ptr_array_unref (self->values);
  g_ptr_array_unref (self->memory);
  g_free (self);
}

gboolean
mill_jinja_template_reads (const MillJinjaTemplate *self, const char *name)
{
  JinjaString *known = g_hash_table_lookup (self->names, name);
  return known != NULL && g_hash_table_contains (self->reads, known);
}

/* Rendering --------------------------------------------------------------------------------------- */

/* A copy of lists and dicts, which the template may change. */
static JinjaValue *
copy_value (JinjaRender *render, JinjaValue *value)
{
  JinjaValue *copy = NULL;
  gsize at = 0;
  if ((value->kind != JINJA_LIST && value->kind != JINJA_DICT))
    return value;
  if (!jinja_enter (render))
    copy = NULL;
  else if (value->kind == JINJA_LIST)
    {
      JinjaList *from = jinja_as_list (value), *list = jinja_new_list (render, from->n);
      copy = &list->base;
      for (gsize i = 0; i < from->n && copy != NULL; i++)
        {
          JinjaValue *item = jinja_step (render, 1) ? copy_value (render, from->items[i]) : NULL;
          if (item != NULL)
            jinja_list_push (list, item);
          else
            copy = NULL;
        }
    }
  else
    {
      JinjaDict *dict = jinja_new_dict (render);
      copy = &dict->base;
      for (JinjaEntry *entry; copy != NULL && (entry = jinja_table_next (&jinja_as_dict (value)->table, &at)) != NULL;)
        {
          JinjaValue *item = jinja_step (render, 1) ? copy_value (render, entry->value) : NULL;
          if (item != NULL)
            jinja_table_set (&dict->table, entry->key, entry->hash, item);
          else
            copy = NULL;
        }
    }
  jinja_leave (render);
  return copy;
}

static gboolean
set_variables (JinjaRender *render, JinjaValue *vars)
{
  gsize at = 0;
  jinja_push_scope (render, NULL);
  if (vars == NULL)
    return TRUE;
  for (JinjaEntry *entry; (entry = jinja_table_next (&jinja_as_dict (vars)->table, &at)) != NULL;)
    {
      JinjaValue *value = render->chat ? entry->value : copy_value (render, entry->value);
      if (value == NULL)
        return FALSE;
      jinja_table_set (&render->scope->table, entry->key, entry->hash, value);
    }
  return TRUE;
}

static void
set_limits (JinjaRender *render, const MillJinjaLimits *limits)
{
  if (limits != NULL)
    render->limits = *limits;
  if (render->limits.max_steps == 0)
    render->limits.max_steps = MILL_JINJA_DEFAULT_MAX_STEPS;
  if (render->limits.max_memory == 0)
    render->limits.max_memory = MILL_JINJA_DEFAULT_MAX_MEMORY;
  if (render->limits.max_output == 0)
    render->limits.max_output = MILL_JINJA_DEFAULT_MAX_OUTPUT;
  jinja_heap_init (&render->heap, render->limits.max_memory);
}

char *
mill_jinja_template_render (const MillJinjaTemplate *self, MillJinjaValue *vars, const MillJinjaLimits *limits,
                            gsize *length, GError **error)
{
  g_return_val_if_fail (self != NULL && (vars == NULL || vars->kind == JINJA_DICT), NULL);
  JinjaSink output = { g_string_new (NULL), 0 };
  g_autoptr (GPtrArray) roots = g_ptr_array_new ();
  JinjaRender render = { .template = self, .chat = self->environment == MILL_JINJA_CHAT, .line = 1, .roots = roots,
                         .sink = &output, .output = &output };
  set_limits (&render, limits);
  if (set_variables (&render, vars))
    {
      jinja_push_scope (&render, render.scope);
      render.root = render.scope;
      jinja_run_body (&render, &self->body);
    }
  jinja_heap_clear (&render.heap);
  if (render.error != NULL)
    {
      g_propagate_error (error, render.error);
      g_string_free (output.text, TRUE);
      return NULL;
    }
  if (length != NULL)
    *length = output.text->len;
  return g_string_free (output.text, FALSE);
}
