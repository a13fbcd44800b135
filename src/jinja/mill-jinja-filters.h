/* mill-jinja-filters.h: the filters and tests.
 *
 * A filter takes its input and arguments and gives a value; a test gives true or false.
 */
#pragma once

#include "mill-jinja-args.h"
#include "mill-jinja-render.h"

G_BEGIN_DECLS

typedef JinjaValue *(*JinjaFilterFunc) (JinjaRender *render, JinjaValue *input, const JinjaArgs *args);

typedef struct {
  const char     *name;
  JinjaFilterFunc func;
} JinjaFilterDef;

/* NULL where there is none of that name. */
const JinjaFilterDef *jinja_find_filter (const char *name);
const JinjaFilterDef *jinja_find_test (const char *name);

/* The filters, by subject; each table ends with a name NULL. */
extern const JinjaFilterDef jinja_text_filters[];
extern const JinjaFilterDef jinja_html_filters[];
extern const JinjaFilterDef jinja_number_filters[];
extern const JinjaFilterDef jinja_sequence_filters[];
extern const JinjaFilterDef jinja_lazy_filters[];

JinjaValue *jinja_filter_tojson (JinjaRender *render, JinjaValue *input, const JinjaArgs *args);
JinjaValue *jinja_filter_wordwrap (JinjaRender *render, JinjaValue *input, const JinjaArgs *args);

/* An attribute as filters name it: "a.b.0" is a path, an integer an index, none the item itself. */
JinjaList  *jinja_attribute_path (JinjaRender *render, JinjaValue *attribute);
JinjaValue *jinja_attribute_get (JinjaRender *render, const JinjaList *path, JinjaValue *item, JinjaValue *fallback);

/* A string in lower case; anything else as it is. */
JinjaValue *jinja_ignore_case (JinjaRender *render, JinjaValue *value);

/* An iterator over what a list holds, as the filters give that are generators in Python. */
JinjaValue *jinja_iterate (JinjaRender *render, JinjaList *list, const char *type_name);

G_END_DECLS
