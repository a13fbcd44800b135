/* Opening a device, and submitting work to it. */
#include "mill-gpu-private.h"

#include "mill-error.h"

static const char *
result_to_string (VkResult result)
{
  switch (result)
    {
    case VK_ERROR_OUT_OF_HOST_MEMORY: return "not enough memory";
    case VK_ERROR_OUT_OF_DEVICE_MEMORY: return "not enough memory on the device";
    case VK_ERROR_DEVICE_LOST: return "the device was lost";
    case VK_ERROR_INITIALIZATION_FAILED: return "the driver could not start";
    case VK_ERROR_INCOMPATIBLE_DRIVER: return "no Vulkan driver was found";
    case VK_ERROR_LAYER_NOT_PRESENT: return "a layer is missing";
    case VK_ERROR_EXTENSION_NOT_PRESENT: return "an extension is missing";
    case VK_ERROR_FEATURE_NOT_PRESENT: return "a feature is missing";
    case VK_ERROR_TOO_MANY_OBJECTS: return "too many objects";
    default: return NULL;
    }
}

gboolean
mill_gpu_fail (MillGpu *gpu, VkResult result, const char *what, GError **error)
{
  const char *why = result_to_string (result);
  g_autofree char *number = why == NULL ? g_strdup_printf ("Vulkan error %d", result) : NULL;
  MillEngineError code = MILL_ENGINE_ERROR_NO_DEVICE;
  if (result == VK_ERROR_DEVICE_LOST)
    code = MILL_ENGINE_ERROR_DEVICE_LOST;
  else if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY)
    code = MILL_ENGINE_ERROR_MEMORY;
  g_set_error (error, MILL_ENGINE_ERROR, code, "Could not %s%s%s: %s.", what, gpu != NULL ? " on " : "",
               gpu != NULL ? gpu->info->name : "", why != NULL ? why : number);
  return FALSE;
}

void
mill_gpu_name (MillGpu *gpu, VkObjectType type, guint64 handle, const char *name)
{
  if (gpu->messenger == VK_NULL_HANDLE)
    return;
  PFN_vkSetDebugUtilsObjectNameEXT set_name =
    (PFN_vkSetDebugUtilsObjectNameEXT) vkGetInstanceProcAddr (gpu->instance, "vkSetDebugUtilsObjectNameEXT");
  const VkDebugUtilsObjectNameInfoEXT info = {
    .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT,
    .objectType = type,
    .objectHandle = handle,
    .pObjectName = name,
  };
  set_name (gpu->device, &info);
}

/* The first family that computes; one without graphics is preferred, so that the desktop's own queue
 * stays free. */
static gboolean
choose_family (VkPhysicalDevice physical, guint32 *family)
{
  guint32 n = 0;
  vkGetPhysicalDeviceQueueFamilyProperties (physical, &n, NULL);
  g_autofree VkQueueFamilyProperties *families = g_new0 (VkQueueFamilyProperties, MAX (n, 1));
  vkGetPhysicalDeviceQueueFamilyProperties (physical, &n, families);
  gboolean found = FALSE;
  for (guint32 i = 0; i < n; i++)
    {
      if (!(families[i].queueFlags & VK_QUEUE_COMPUTE_BIT))
        continue;
      gboolean alone = !(families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT);
      if (!found || alone)
        *family = i;
      found = TRUE;
      if (alone)
        break;
    }
  return found;
}

static VkResult
create_device (MillGpu *self)
{
  const MillGpuInfo *info = self->info;
  gboolean v13 = info->api_version >= VK_API_VERSION_1_3;
  VkPhysicalDeviceFeatures2 offered = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2 };
  vkGetPhysicalDeviceFeatures2 (self->physical, &offered);
  self->size_control = v13 && info->max_subgroup > 0;

  VkPhysicalDeviceVulkan13Features f13 = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES,
    .subgroupSizeControl = self->size_control,
    .computeFullSubgroups = self->size_control,
  };
  VkPhysicalDeviceVulkan12Features f12 = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
    .pNext = v13 ? &f13 : NULL,
    .bufferDeviceAddress = info->buffer_address,
    .shaderFloat16 = info->float16,
    .shaderInt8 = info->int8,
    .storageBuffer8BitAccess = info->storage8,
  };
  VkPhysicalDeviceVulkan11Features f11 = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
    .pNext = &f12,
    .storageBuffer16BitAccess = info->storage16,
  };
  const VkPhysicalDeviceFeatures2 features = {
    .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
    .pNext = &f11,
    .features = { .shaderInt64 = offered.features.shaderInt64, .shaderInt16 = offered.features.shaderInt16 },
  };
  const float priority = 0.5f;
  const VkDeviceQueueCreateInfo queue = {
    .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
    .queueFamilyIndex = self->family,
    .queueCount = 1,
    .pQueuePriorities = &priority,
  };
  const VkDeviceCreateInfo create = {
    .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
    .pNext = &features,
    .queueCreateInfoCount = 1,
    .pQueueCreateInfos = &queue,
  };
  return vkCreateDevice (self->physical, &create, NULL, &self->device);
}

static gboolean
open_device (MillGpu *self, GError **error)
{
  if (!choose_family (self->physical, &self->family))
    {
      g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_NO_DEVICE, "%s has no compute queue.", self->info->name);
      return FALSE;
    }
  VkResult result = create_device (self);
  if (result != VK_SUCCESS)
    return mill_gpu_fail (self, result, "open the device", error);
  vkGetDeviceQueue (self->device, self->family, 0, &self->queue);
  vkGetPhysicalDeviceMemoryProperties (self->physical, &self->memory);

  const VkCommandPoolCreateInfo pool = {
    .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
    .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
    .queueFamilyIndex = self->family,
  };
  const VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
  result = vkCreateCommandPool (self->device, &pool, NULL, &self->pool);
  if (result == VK_SUCCESS)
    result = vkCreateFence (self->device, &fence, NULL, &self->fence);
  if (result != VK_SUCCESS)
    return mill_gpu_fail (self, result, "prepare the queue", error);
  mill_gpu_load_cache (self);
  return TRUE;
}

MillGpu *
mill_gpu_open (const char *selector, GError **error)
{
  g_autoptr (MillGpu) self = g_new0 (MillGpu, 1);
  self->kernels = g_hash_table_new (g_str_hash, g_str_equal);
  self->instance = mill_gpu_instance_new (&self->messenger, error);
  if (self->instance == VK_NULL_HANDLE)
    return NULL;

  guint32 n = 0;
  g_autofree VkPhysicalDevice *devices = mill_gpu_enumerate (self->instance, &n, error);
  if (devices == NULL)
    return NULL;
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) mill_gpu_info_free);
  for (guint32 i = 0; i < n; i++)
    g_ptr_array_add (list, mill_gpu_probe (devices[i], i));
  const MillGpuInfo *chosen = mill_gpu_choose (list, selector, NULL, error);
  if (chosen == NULL)
    return NULL;
  self->physical = devices[chosen->index];
  self->info = g_ptr_array_steal_index (list, chosen->index);
  if (!open_device (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
mill_gpu_free (MillGpu *self)
{
  if (self == NULL)
    return;
  if (self->device != VK_NULL_HANDLE)
    {
      vkDeviceWaitIdle (self->device);
      mill_gpu_kernels_free (self);
      vkDestroyPipelineCache (self->device, self->cache, NULL);
      vkDestroyFence (self->device, self->fence, NULL);
      vkDestroyCommandPool (self->device, self->pool, NULL);
      vkDestroyDevice (self->device, NULL);
    }
  if (self->instance != VK_NULL_HANDLE)
    mill_gpu_instance_free (self->instance, self->messenger);
  g_hash_table_unref (self->kernels);
  mill_gpu_info_free (self->info);
  g_free (self);
}

const MillGpuInfo *
mill_gpu_get_info (MillGpu *self)
{
  return self->info;
}

guint64
mill_gpu_get_memory_used (MillGpu *self)
{
  return self->used;
}

gboolean
mill_gpu_submit (MillGpu *self, const VkCommandBuffer *commands, guint32 n, GError **error)
{
  const VkSubmitInfo submit = {
    .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
    .commandBufferCount = n,
    .pCommandBuffers = commands,
  };
  VkResult result = vkQueueSubmit (self->queue, 1, &submit, self->fence);
  if (result == VK_SUCCESS)
    result = vkWaitForFences (self->device, 1, &self->fence, VK_TRUE, G_MAXUINT64);
  if (result == VK_SUCCESS)
    result = vkResetFences (self->device, 1, &self->fence);
  return result == VK_SUCCESS || mill_gpu_fail (self, result, "run the model", error);
}
