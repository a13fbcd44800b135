/* devices: the Vulkan devices that were found, and which one is taken. */
#include "engine/mill-gpu.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "mill-cli.h"

static void
add_json (JsonBuilder *json, const MillGpuInfo *info, const MillGpuInfo *chosen, const char *reason)
{
  const struct {
    const char *name;
    gint64      value;
  } numbers[] = {
    { "index", info->index }, { "vendor_id", info->vendor_id }, { "device_id", info->device_id }, { "memory", info->memory },
    { "max_allocation", info->max_allocation }, { "max_buffer", info->max_buffer }, { "subgroup_size", info->subgroup_size },
    { "min_subgroup_size", info->min_subgroup }, { "max_subgroup_size", info->max_subgroup },
    { "shared_memory", info->shared_memory }, { "max_workgroup", info->max_workgroup },
  };
  const struct {
    const char *name;
    gboolean    value;
  } features[] = {
    { "buffer_device_address", info->buffer_address }, { "float16", info->float16 }, { "storage16", info->storage16 },
    { "storage8", info->storage8 }, { "int8", info->int8 }, { "integer_dot_product", info->int_dot },
    { "cooperative_matrix", info->coop_matrix },
  };
  json_builder_begin_object (json);
  json_builder_add_string_value (json_builder_set_member_name (json, "name"), info->name);
  json_builder_add_string_value (json_builder_set_member_name (json, "kind"), mill_gpu_kind_to_string (info->kind));
  json_builder_add_string_value (json_builder_set_member_name (json, "driver"), info->driver);
  json_builder_add_string_value (json_builder_set_member_name (json, "uuid"), info->uuid);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    json_builder_add_int_value (json_builder_set_member_name (json, numbers[i].name), numbers[i].value);
  for (guint i = 0; i < G_N_ELEMENTS (features); i++)
    json_builder_add_boolean_value (json_builder_set_member_name (json, features[i].name), features[i].value);
  json_builder_add_boolean_value (json_builder_set_member_name (json, "usable"), info->unusable == NULL);
  json_builder_add_boolean_value (json_builder_set_member_name (json, "chosen"), info == chosen);
  if (info->unusable != NULL || info == chosen)
    json_builder_add_string_value (json_builder_set_member_name (json, "reason"), info == chosen ? reason : info->unusable);
  json_builder_end_object (json);
}

static char *
to_json (GPtrArray *list, const MillGpuInfo *chosen, const char *reason)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_array (json);
  for (guint i = 0; i < list->len; i++)
    add_json (json, g_ptr_array_index (list, i), chosen, reason);
  json_builder_end_array (json);
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_autofree char *text = json_to_string (root, TRUE);
  return g_strconcat (text, "\n", NULL);
}

static char *
to_text (GPtrArray *list, const MillGpuInfo *chosen, const char *reason)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < list->len; i++)
    {
      const MillGpuInfo *info = g_ptr_array_index (list, i);
      g_autofree char *memory = g_format_size_full (info->memory, G_FORMAT_SIZE_IEC_UNITS);
      g_string_append_printf (text, "%c %u  %s\n     %s, %s, Vulkan %u.%u, %s\n     %s\n", info == chosen ? '*' : ' ', info->index,
                              info->name, mill_gpu_kind_to_string (info->kind), memory, info->api_version >> 22 & 0x7f,
                              info->api_version >> 12 & 0x3ff, info->driver, info->uuid);
      if (info == chosen)
        g_string_append_printf (text, "     taken: %s\n", reason);
      if (info->unusable != NULL)
        g_string_append_printf (text, "     not usable: %s\n", info->unusable);
    }
  return g_string_free (text, FALSE);
}

int
mill_cli_devices (int argc, char **argv)
{
  gboolean as_json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print one JSON array", NULL },
    { NULL },
  };
  int status;
  if (!mill_cli_parse (&argc, &argv, entries, "[--json]",
                       "Lists the Vulkan devices and says which is taken and why. MILLRACE_DEVICE (an index, a UUID or a part\n"
                       "of the name) chooses another.", 0, 0, &status))
    return status;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = mill_gpu_list (&error);
  if (list == NULL)
    return mill_cli_fail ("devices", "%s", error->message);
  g_autofree char *reason = NULL;
  const MillGpuInfo *chosen = mill_gpu_choose (list, NULL, &reason, &error);
  g_autofree char *text = as_json ? to_json (list, chosen, reason) : to_text (list, chosen, reason);
  if (!mill_cli_write (text, strlen (text)))
    return 1;
  return chosen != NULL ? 0 : mill_cli_fail ("devices", "%s", error->message);
}
