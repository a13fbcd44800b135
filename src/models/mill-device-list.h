/* mill-device-list.h: the devices that could run a model, for a person to choose from.
 *
 * Thread-safety: main thread; asking Vulkan is done in another one.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
  char    *id;     /* what MillEngineOptions.device takes; the same on the next day */
  char    *name;   /* for people */
  gboolean usable;
} MillDevice;

void mill_device_free (MillDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MillDevice, mill_device_free)

/* Finds out. The array is of MillDevice (transfer full); an error where Vulkan cannot be reached. */
void       mill_device_list_async (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *mill_device_list_finish (GAsyncResult *result, GError **error);

/* Sets what drivers read from the environment when they load. To be called first thing in main(),
 * before any thread is there. */
void mill_device_prepare_environment (void);

G_END_DECLS
