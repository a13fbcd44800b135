#include "mill-arch.h"

#include "mill-error.h"

#include <string.h>

static const MillArch *const archs[] = { &mill_arch_llama, &mill_arch_qwen2 };

const MillArch *
mill_arch_find (const char *name, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (archs); i++)
    {
      if (strcmp (archs[i]->name, name) == 0)
        return archs[i];
      g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", archs[i]->name);
    }
  g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_UNSUPPORTED,
               "The model's architecture “%s” cannot be run yet. Known are: %s.", name, known->str);
  return NULL;
}
