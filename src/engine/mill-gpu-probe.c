/* Finding devices, asking them what they can do, and choosing one. */
#include "mill-gpu-private.h"

#include "mill-error.h"

#include <stdlib.h>
#include <string.h>

void
mill_gpu_info_free (MillGpuInfo *info)
{
  if (info == NULL)
    return;
  g_free (info->name);
  g_free (info->driver);
  g_free (info->uuid);
  g_free (info->unusable);
  g_free (info);
}

const char *
mill_gpu_kind_to_string (MillGpuKind kind)
{
  static const char *const names[] = { "discrete", "integrated", "virtual", "cpu", "other" };
  g_return_val_if_fail ((guint) kind < G_N_ELEMENTS (names), NULL);
  return names[kind];
}

void
mill_gpu_prepare_environment (void)
{
#if defined(__x86_64__)
  /* Mesa's software device takes vectors of 256 bits unless told otherwise. */
  __builtin_cpu_init ();
  if (__builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512vl") &&
      __builtin_cpu_supports ("avx512dq"))
    setenv ("LP_NATIVE_VECTOR_WIDTH", "512", FALSE);
#endif
}

static VKAPI_ATTR VkBool32 VKAPI_CALL
on_message (VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
            const VkDebugUtilsMessengerCallbackDataEXT *data, void *user_data)
{
  g_warning ("Vulkan validation: %s", data->pMessage);
  return VK_FALSE;
}

static gboolean
has_layer (const char *name)
{
  guint32 n = 0;
  vkEnumerateInstanceLayerProperties (&n, NULL);
  g_autofree VkLayerProperties *layers = g_new0 (VkLayerProperties, MAX (n, 1));
  vkEnumerateInstanceLayerProperties (&n, layers);
  for (guint32 i = 0; i < n; i++)
    if (strcmp (layers[i].layerName, name) == 0)
      return TRUE;
  return FALSE;
}

VkInstance
mill_gpu_instance_new (VkDebugUtilsMessengerEXT *messenger, GError **error)
{
  static const char *const layer = "VK_LAYER_KHRONOS_validation";
  static const char *const debug_utils = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
  static const VkValidationFeatureEnableEXT enables[] = { VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT };
  const char *wanted = g_getenv ("MILLRACE_VALIDATE");
  gboolean validate = messenger != NULL && wanted != NULL && *wanted != '\0' && strcmp (wanted, "0") != 0;
  if (validate && !has_layer (layer))
    {
      g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_NO_DEVICE,
                   "MILLRACE_VALIDATE is set, but the Vulkan validation layer is not installed.");
      return VK_NULL_HANDLE;
    }
  VkDebugUtilsMessengerCreateInfoEXT messages = {
    .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
    .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
    .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT,
    .pfnUserCallback = on_message,
  };
  VkValidationFeaturesEXT features = {
    .sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
    .pNext = &messages,
    .enabledValidationFeatureCount = G_N_ELEMENTS (enables),
    .pEnabledValidationFeatures = enables,
  };
  const VkApplicationInfo application = {
    .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
    .pApplicationName = "Millrace",
    .pEngineName = "Millrace",
    .apiVersion = VK_API_VERSION_1_3,
  };
  const VkInstanceCreateInfo info = {
    .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
    .pNext = validate ? &features : NULL,
    .pApplicationInfo = &application,
    .enabledLayerCount = validate ? 1 : 0,
    .ppEnabledLayerNames = &layer,
    .enabledExtensionCount = validate ? 1 : 0,
    .ppEnabledExtensionNames = &debug_utils,
  };
  VkInstance instance = VK_NULL_HANDLE;
  VkResult result = vkCreateInstance (&info, NULL, &instance);
  if (result != VK_SUCCESS)
    {
      mill_gpu_fail (NULL, result, "start Vulkan", error);
      return VK_NULL_HANDLE;
    }
  if (validate)
    {
      PFN_vkCreateDebugUtilsMessengerEXT create =
        (PFN_vkCreateDebugUtilsMessengerEXT) vkGetInstanceProcAddr (instance, "vkCreateDebugUtilsMessengerEXT");
      create (instance, &messages, NULL, messenger);
    }
  return instance;
}

void
mill_gpu_instance_free (VkInstance instance, VkDebugUtilsMessengerEXT messenger)
{
  if (messenger != VK_NULL_HANDLE)
    {
      PFN_vkDestroyDebugUtilsMessengerEXT destroy =
        (PFN_vkDestroyDebugUtilsMessengerEXT) vkGetInstanceProcAddr (instance, "vkDestroyDebugUtilsMessengerEXT");
      destroy (instance, messenger, NULL);
    }
  vkDestroyInstance (instance, NULL);
}

VkPhysicalDevice *
mill_gpu_enumerate (VkInstance instance, guint32 *n, GError **error)
{
  VkResult result = vkEnumeratePhysicalDevices (instance, n, NULL);
  VkPhysicalDevice *devices = g_new0 (VkPhysicalDevice, MAX (*n, 1));
  if (result == VK_SUCCESS)
    result = vkEnumeratePhysicalDevices (instance, n, devices);
  if (result == VK_SUCCESS || result == VK_INCOMPLETE)
    return devices;
  g_free (devices);
  mill_gpu_fail (NULL, result, "list the Vulkan devices", error);
  return NULL;
}

static MillGpuKind
kind_of (VkPhysicalDeviceType type)
{
  switch (type)
    {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: return MILL_GPU_DISCRETE;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: return MILL_GPU_INTEGRATED;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: return MILL_GPU_VIRTUAL;
    case VK_PHYSICAL_DEVICE_TYPE_CPU: return MILL_GPU_CPU;
    default: return MILL_GPU_OTHER;
    }
}

static gboolean
has_extension (VkPhysicalDevice physical, const char *name)
{
  guint32 n = 0;
  vkEnumerateDeviceExtensionProperties (physical, NULL, &n, NULL);
  g_autofree VkExtensionProperties *list = g_new0 (VkExtensionProperties, MAX (n, 1));
  vkEnumerateDeviceExtensionProperties (physical, NULL, &n, list);
  for (guint32 i = 0; i < n; i++)
    if (strcmp (list[i].extensionName, name) == 0)
      return TRUE;
  return FALSE;
}

static char *
to_hex (const guint8 *bytes, gsize n)
{
  GString *text = g_string_new (NULL);
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

/* Extensions and the optional structures that belong to a version above the floor are asked for only
 * where the device has that version. */
static void
probe_features (VkPhysicalDevice physical, MillGpuInfo *info)
{
  gboolean v13 = info->api_version >= VK_API_VERSION_1_3;
  VkPhysicalDeviceVulkan13Features f13 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES };
  VkPhysicalDeviceVulkan12Features f12 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES, .pNext = v13 ? &f13 : NULL };
  VkPhysicalDeviceVulkan11Features f11 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES, .pNext = &f12 };
  VkPhysicalDeviceFeatures2 features = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &f11 };
  VkPhysicalDeviceVulkan13Properties p13 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_PROPERTIES };
  VkPhysicalDeviceVulkan11Properties p11 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES, .pNext = v13 ? &p13 : NULL };
  VkPhysicalDeviceProperties2 properties = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p11 };
  vkGetPhysicalDeviceFeatures2 (physical, &features);
  vkGetPhysicalDeviceProperties2 (physical, &properties);

  info->max_allocation = p11.maxMemoryAllocationSize;
  info->subgroup_size = p11.subgroupSize;
  if (v13 && f13.subgroupSizeControl && (p13.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT))
    {
      info->min_subgroup = p13.minSubgroupSize;
      info->max_subgroup = p13.maxSubgroupSize;
    }
  info->buffer_address = f12.bufferDeviceAddress;
  info->float16 = f12.shaderFloat16;
  info->storage16 = f11.storageBuffer16BitAccess;
  info->storage8 = f12.storageBuffer8BitAccess;
  info->int8 = f12.shaderInt8;
  info->int64 = features.features.shaderInt64;
  info->int_dot = v13 && p13.integerDotProduct4x8BitPackedSignedAccelerated;
  info->coop_matrix = has_extension (physical, "VK_KHR_cooperative_matrix");

  const VkSubgroupFeatureFlags wanted = VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_ARITHMETIC_BIT |
                                        VK_SUBGROUP_FEATURE_BALLOT_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_BIT;
  if ((p11.subgroupSupportedOperations & wanted) != wanted || !(p11.subgroupSupportedStages & VK_SHADER_STAGE_COMPUTE_BIT))
    info->unusable = g_strdup ("it lacks subgroup operations in compute shaders");
  else if (!info->buffer_address)
    info->unusable = g_strdup ("it lacks buffer device addresses");
}

MillGpuInfo *
mill_gpu_probe (VkPhysicalDevice physical, guint index)
{
  MillGpuInfo *info = g_new0 (MillGpuInfo, 1);
  VkPhysicalDeviceProperties properties;
  VkPhysicalDeviceMemoryProperties memory;
  vkGetPhysicalDeviceProperties (physical, &properties);
  vkGetPhysicalDeviceMemoryProperties (physical, &memory);

  info->index = index;
  info->name = g_utf8_make_valid (properties.deviceName, -1);
  info->kind = kind_of (properties.deviceType);
  info->vendor_id = properties.vendorID;
  info->device_id = properties.deviceID;
  info->driver_version = properties.driverVersion;
  info->api_version = properties.apiVersion;
  info->max_buffer = properties.limits.maxStorageBufferRange;
  info->max_workgroup = properties.limits.maxComputeWorkGroupInvocations;
  info->shared_memory = properties.limits.maxComputeSharedMemorySize;
  for (guint32 i = 0; i < memory.memoryHeapCount; i++)
    if (memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)
      info->memory = MAX (info->memory, memory.memoryHeaps[i].size);
  if (properties.apiVersion < VK_API_VERSION_1_2)
    {
      info->uuid = to_hex (properties.pipelineCacheUUID, VK_UUID_SIZE);
      info->driver = g_strdup ("");
      info->unusable = g_strdup_printf ("its driver offers Vulkan %u.%u, and 1.2 is needed",
                                        VK_API_VERSION_MAJOR (properties.apiVersion), VK_API_VERSION_MINOR (properties.apiVersion));
      return info;
    }

  VkPhysicalDeviceDriverProperties driver = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES };
  VkPhysicalDeviceIDProperties id = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES, .pNext = &driver };
  VkPhysicalDeviceProperties2 more = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &id };
  vkGetPhysicalDeviceProperties2 (physical, &more);
  info->driver_id = driver.driverID;
  info->driver = g_strstrip (g_strdup_printf ("%s %s", driver.driverName, driver.driverInfo));
  info->uuid = to_hex (id.deviceUUID, VK_UUID_SIZE);
  probe_features (physical, info);
  return info;
}

GPtrArray *
mill_gpu_list (GError **error)
{
  VkInstance instance = mill_gpu_instance_new (NULL, error);
  if (instance == VK_NULL_HANDLE)
    return NULL;
  guint32 n = 0;
  g_autofree VkPhysicalDevice *devices = mill_gpu_enumerate (instance, &n, error);
  GPtrArray *list = NULL;
  if (devices != NULL)
    {
      list = g_ptr_array_new_with_free_func ((GDestroyNotify) mill_gpu_info_free);
      for (guint32 i = 0; i < n; i++)
        g_ptr_array_add (list, mill_gpu_probe (devices[i], i));
    }
  mill_gpu_instance_free (instance, VK_NULL_HANDLE);
  return list;
}

static gboolean
matches (const MillGpuInfo *info, const char *selector)
{
  char *end = NULL;
  guint64 index = g_ascii_strtoull (selector, &end, 10);
  if (end != selector && *end == '\0' && index == info->index)
    return TRUE;
  if (g_ascii_strcasecmp (selector, info->uuid) == 0)
    return TRUE;
  g_autofree char *name = g_utf8_casefold (info->name, -1);
  g_autofree char *part = g_utf8_casefold (selector, -1);
  return strstr (name, part) != NULL;
}

static const MillGpuInfo *
choose_selected (GPtrArray *list, const char *selector, const char *whence, char **reason, GError **error)
{
  for (guint i = 0; i < list->len; i++)
    {
      const MillGpuInfo *info = g_ptr_array_index (list, i);
      if (!matches (info, selector))
        continue;
      if (info->unusable != NULL)
        {
          g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_NO_DEVICE, "“%s”, chosen by %s, cannot be used: %s.",
                       info->name, whence, info->unusable);
          return NULL;
        }
      if (reason != NULL)
        *reason = g_strdup_printf ("chosen by %s", whence);
      return info;
    }
  g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_NO_DEVICE,
               "No Vulkan device fits “%s”, set by %s. “millrace-cli devices” lists those that are there.", selector, whence);
  return NULL;
}

const MillGpuInfo *
mill_gpu_choose (GPtrArray *list, const char *selector, char **reason, GError **error)
{
  const char *variable = g_getenv ("MILLRACE_DEVICE");
  if (selector != NULL && *selector != '\0')
    return choose_selected (list, selector, "the device setting", reason, error);
  if (variable != NULL && *variable != '\0')
    return choose_selected (list, variable, "MILLRACE_DEVICE", reason, error);

  const MillGpuInfo *best = NULL;
  for (guint i = 0; i < list->len; i++)
    {
      const MillGpuInfo *info = g_ptr_array_index (list, i);
      if (info->unusable == NULL && (best == NULL || info->kind < best->kind ||
                                     (info->kind == best->kind && info->memory > best->memory)))
        best = info;
    }
  if (best == NULL)
    {
      g_set_error (error, MILL_ENGINE_ERROR, MILL_ENGINE_ERROR_NO_DEVICE,
                   list->len == 0 ? "No Vulkan device was found. Install your graphics card's Vulkan driver, or Mesa's "
                                    "software one (mesa-vulkan-drivers)."
                                  : "None of the Vulkan devices can be used. “millrace-cli devices” says why.");
      return NULL;
    }
  if (reason != NULL)
    *reason = g_strdup_printf (list->len == 1 ? "the only device" : "the best of %u devices, by kind and memory", list->len);
  return best;
}
