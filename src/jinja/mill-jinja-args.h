/* mill-jinja-args.h: the arguments of a call, and how they are bound to parameters. */
#pragma once

#include "mill-jinja-render.h"

G_BEGIN_DECLS

struct _JinjaArgs {
  const char *callee;     /* what is called, for messages */
  JinjaList  *positional; /* or NULL */
  JinjaDict  *named;      /* by string; or NULL */
};

gsize       jinja_args_n (const JinjaArgs *args);
gsize       jinja_args_n_named (const JinjaArgs *args);
JinjaValue *jinja_args_get (const JinjaArgs *args, gsize index); /* NULL where there are fewer */
JinjaValue *jinja_args_get_named (const JinjaArgs *args, const char *name);

/* Binds to the parameters of `names`, separated by spaces: values[i] is NULL where one was not given.
 * FALSE with an error for too many, unknown, or fewer than `required`. A "/" ends those that can only
 * be given by position. */
gboolean jinja_args_bind (JinjaRender *render, const JinjaArgs *args, const char *names, guint required,
                          JinjaValue **values);

/* Without arguments. */
gboolean jinja_args_none (JinjaRender *render, const JinjaArgs *args);

/* An argument as a C value, `fallback` where it is NULL (or, of a string, none). FALSE with an error
 * where it has another type. Integers are clamped to 64 bits. */
gboolean jinja_arg_int (JinjaRender *render, JinjaValue *arg, gint64 fallback, gint64 *value);
gboolean jinja_arg_bool (JinjaValue *arg, gboolean fallback);
gboolean jinja_arg_string (JinjaRender *render, JinjaValue *arg, const char *fallback, const char **text, gsize *n_bytes);

G_END_DECLS
