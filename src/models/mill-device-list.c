/* mill-device-list.c: the devices that could run a model, for a person to choose from. */

#include "mill-device-list.h"

#include "engine/mill-gpu.h"

void
mill_device_free (MillDevice *device)
{
  g_free (device->id);
  g_free (device->name);
  g_free (device);
}

static void
list_devices (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = mill_gpu_list (&error);
  GPtrArray *devices;

  if (found == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  devices = g_ptr_array_new_with_free_func ((GDestroyNotify) mill_device_free);
  for (guint i = 0; i < found->len; i++)
    {
      const MillGpuInfo *info = found->pdata[i];
      MillDevice *device = g_new0 (MillDevice, 1);

      device->id = g_strdup (info->uuid);
      device->name = g_strdup (info->name);
      device->usable = info->unusable == NULL;
      g_ptr_array_add (devices, device);
    }
  g_task_return_pointer (task, devices, (GDestroyNotify) g_ptr_array_unref);
}

void
mill_device_list_async (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, mill_device_list_async);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, list_devices);
}

GPtrArray *
mill_device_list_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
mill_device_prepare_environment (void)
{
  mill_gpu_prepare_environment ();
}
