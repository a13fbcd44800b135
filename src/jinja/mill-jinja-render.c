#include "mill-jinja-render.h"

#include <string.h>

#include "mill-jinja-globals.h"
#include "mill-jinja-repr.h"

/* Steps between two questions whether to stop. */
#define ASK_EVERY 2048

/* Bytes that are copied, or looked at as characters, in about the time of a step. */
#define BYTES_A_STEP 512
#define CHARS_A_STEP 24

static gpointer
fail_with (JinjaRender *self, MillJinjaError code, const char *why)
{
  if (self->error == NULL)
    self->error = g_error_new (MILL_JINJA_ERROR, code, "line %u: %s", self->line, why);
  return NULL;
}

gpointer
jinja_fail (JinjaRender *self, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *why = g_strdup_vprintf (format, args);
  va_end (args);
  return fail_with (self, MILL_JINJA_ERROR_RENDER, why);
}

gpointer
jinja_fail_raised (JinjaRender *self, const char *message)
{
  return fail_with (self, MILL_JINJA_ERROR_RAISED, message);
}

gpointer
jinja_fail_limit (JinjaRender *self, const char *what)
{
  return fail_with (self, MILL_JINJA_ERROR_LIMIT, what);
}

gpointer
jinja_fail_undefined (JinjaRender *self, const JinjaValue *value)
{
  g_autofree char *why = jinja_undefined_message (jinja_as_undefined (value));
  return jinja_fail (self, "%s", why);
}

gboolean
jinja_step (JinjaRender *self, guint64 n)
{
  self->steps += n;
  if (self->error != NULL)
    return FALSE;
  if (self->heap.bytes > self->heap.limit)
    return jinja_fail_limit (self, "this takes more memory than a template may have") != NULL;
  if (self->steps < self->ask_at)
    return TRUE;
  if (self->steps > self->limits.max_steps)
    return jinja_fail_limit (self, "this takes more steps than a template may run") != NULL;
  self->ask_at = MIN (self->steps + ASK_EVERY, self->limits.max_steps);
  if (self->limits.is_cancelled != NULL && self->limits.is_cancelled (self->limits.is_cancelled_data))
    return fail_with (self, MILL_JINJA_ERROR_CANCELLED, "cancelled") != NULL;
  return TRUE;
}

gboolean
jinja_step_bytes (JinjaRender *self, gsize n)
{
  return jinja_step (self, n / BYTES_A_STEP);
}

gboolean
jinja_step_chars (JinjaRender *self, gsize n)
{
  return jinja_step (self, n / CHARS_A_STEP);
}

gboolean
jinja_reserve (JinjaRender *self, gsize bytes)
{
  if (self->error == NULL && (self->heap.bytes > self->heap.limit || bytes > self->heap.limit - self->heap.bytes))
    return jinja_fail_limit (self, "this makes a value larger than a template may have") != NULL;
  return jinja_step_bytes (self, bytes);
}

gboolean
jinja_reserve_times (JinjaRender *self, gsize n, gsize size)
{
  gsize bytes;
  return jinja_reserve (self, __builtin_mul_overflow (n, size, &bytes) ? G_MAXSIZE : bytes);
}

gboolean
jinja_enter (JinjaRender *self)
{
  self->levels++;
  if (self->levels > JINJA_MAX_LEVELS)
    jinja_fail_limit (self, "nested too deeply");
  return self->error == NULL;
}

void
jinja_leave (JinjaRender *self)
{
  self->levels--;
}

JinjaValue *
jinja_new_string (JinjaRender *self, const char *text, gsize n_bytes)
{
  if (n_bytes == 0)
    return jinja_empty_string ();
  return jinja_reserve (self, n_bytes) ? jinja_string (&self->heap, text, n_bytes) : NULL;
}

JinjaValue *
jinja_new_markup (JinjaRender *self, const char *text, gsize n_bytes)
{
  if (!jinja_reserve (self, n_bytes))
    return NULL;
  JinjaValue *value = jinja_string (&self->heap, text, n_bytes);
  value->flags |= JINJA_FLAG_MARKUP;
  return value;
}

JinjaValue *
jinja_as_markup (JinjaRender *self, JinjaValue *string)
{
  if (string == NULL || jinja_is_markup (string))
    return string;
  return jinja_new_markup (self, jinja_as_string (string)->text, jinja_as_string (string)->n_bytes);
}

JinjaValue *
jinja_take_string (JinjaRender *self, GString *text, gboolean markup)
{
  if (self->error != NULL)
    return NULL;
  return markup ? jinja_new_markup (self, text->str, text->len) : jinja_new_string (self, text->str, text->len);
}

JinjaValue *
jinja_concat (JinjaRender *self, JinjaValue *const *strings, gsize n, gboolean markup)
{
  gsize n_bytes = 0, at = 0, n_chars = 0;
  for (gsize i = 0; i < n; i++)
    if (__builtin_add_overflow (n_bytes, jinja_as_string (strings[i])->n_bytes, &n_bytes))
      return jinja_fail_limit (self, "this makes a value larger than a template may have");
  if (!jinja_reserve (self, n_bytes))
    return NULL;
  JinjaString *result = jinja_string_alloc (&self->heap, n_bytes);
  for (gsize i = 0; i < n; i++)
    {
      const JinjaString *part = jinja_as_string (strings[i]);
      memcpy (result->text + at, part->text, part->n_bytes);
      at += part->n_bytes;
      n_chars += part->n_chars;
    }
  result->n_chars = n_chars;
  if (markup)
    result->base.flags |= JINJA_FLAG_MARKUP;
  return &result->base;
}

JinjaValue *
jinja_new_pair (JinjaRender *self, JinjaValue *first, JinjaValue *second)
{
  JinjaList *pair = jinja_new_tuple (self, 2);
  jinja_list_push (pair, first);
  jinja_list_push (pair, second);
  return &pair->base;
}

JinjaValue *
jinja_new_undefined (JinjaRender *self, JinjaValue *object, JinjaValue *name, const char *hint)
{
  JinjaUndefined *value = jinja_value_alloc (&self->heap, JINJA_UNDEFINED, sizeof *value);
  value->object = object;
  value->name = name;
  value->hint = hint;
  return &value->base;
}

JinjaValue *
jinja_new_iterator (JinjaRender *self, const char *type_name, JinjaNextFunc next, JinjaValue *source)
{
  JinjaIterator *value = jinja_value_alloc (&self->heap, JINJA_ITERATOR, sizeof *value);
  value->type_name = type_name;
  value->next = next;
  value->source.source = source;
  return &value->base;
}

/* Scopes ---------------------------------------------------------------------------------------- */

JinjaScope *
jinja_push_scope (JinjaRender *self, JinjaScope *parent)
{
  JinjaScope *outer = self->scope;
  JinjaScope *scope = jinja_value_alloc (&self->heap, JINJA_SCOPE, sizeof *scope);
  scope->parent = parent;
  scope->table.heap = &self->heap;
  self->scope = scope;
  return outer;
}

void
jinja_scope_set (JinjaRender *self, JinjaScope *scope, JinjaString *name, JinjaValue *value)
{
  jinja_table_set (&scope->table, &name->base, jinja_string_hash (name), value);
}

JinjaValue *
jinja_lookup (JinjaRender *self, JinjaString *name)
{
  guint32 hash = jinja_string_hash (name);
  for (JinjaScope *scope = self->scope; scope != NULL; scope = scope->parent)
    {
      /* The root's parent holds what the caller gave; `self` comes before that. */
      if (scope->parent == NULL && strcmp (name->text, "self") == 0)
        return jinja_value_alloc (&self->heap, JINJA_SELF, sizeof (JinjaValue));
      JinjaEntry *entry = jinja_table_find (&scope->table, &name->base, hash);
      if (entry != NULL)
        return entry->value;
    }
  JinjaValue *global = jinja_find_global (self, name->text);
  return global != NULL ? global : jinja_new_undefined (self, NULL, &name->base, NULL);
}

/* Output ---------------------------------------------------------------------------------------- */

gboolean
jinja_emit (JinjaRender *self, const char *text, gsize n_bytes)
{
  JinjaSink *sink = self->sink;
  if (n_bytes == 0)
    return self->error == NULL;
  if (sink == self->output)
    {
      if (n_bytes > self->limits.max_output - sink->text->len)
        return jinja_fail_limit (self, "this makes more text than a template may") != NULL;
      if (!jinja_step_bytes (self, n_bytes))
        return FALSE;
    }
  else if (!jinja_reserve (self, n_bytes))
    return FALSE;
  g_string_append_len (sink->text, text, (gssize) n_bytes);
  if (sink != self->output)
    {
      jinja_heap_charge (&self->heap, (gssize) sink->text->allocated_len - (gssize) sink->charged);
      sink->charged = sink->text->allocated_len;
    }
  return TRUE;
}

void
jinja_sink_open (JinjaRender *self, JinjaSink *sink, JinjaSink **outer)
{
  *outer = self->sink;
  *sink = (JinjaSink) { .text = g_string_new (NULL) };
  self->sink = sink;
}

JinjaValue *
jinja_sink_close (JinjaRender *self, JinjaSink *sink, JinjaSink *outer)
{
  self->sink = outer;
  JinjaValue *value = jinja_take_string (self, sink->text, FALSE);
  jinja_heap_charge (&self->heap, -(gssize) sink->charged);
  g_string_free (sink->text, TRUE);
  return value;
}

void
jinja_collect (JinjaRender *self)
{
  if (self->busy > 0 || self->heap.bytes < self->heap.collect_at)
    return;
  guint n = self->roots->len;
  g_ptr_array_add (self->roots, self->scope);
  g_ptr_array_add (self->roots, self->root);
  jinja_heap_collect (&self->heap, (JinjaValue *const *) self->roots->pdata, self->roots->len);
  g_ptr_array_set_size (self->roots, (int) n);
}
