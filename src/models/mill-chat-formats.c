/* Chat formats for model files that have no template of their own. */
#include "mill-chat-formats.h"

const MillChatFormat mill_chat_formats[] = {
  {
    /* Qwen, SmolLM and many others. */
    "chatml",
    { "<|im_start|>", "<|im_end|>" },
    "{{ bos_token }}"
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
  },
  {
    /* Meta's model card of Llama 3. */
    "llama3",
    { "<|start_header_id|>", "<|eot_id|>" },
    "{{ bos_token }}"
    "{% for message in messages %}"
    "<|start_header_id|>{{ message.role }}<|end_header_id|>\n\n{{ message.content | trim }}<|eot_id|>"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}",
  },
  {
    /* DeepSeek V2.5, V3 and R1. */
    "deepseek",
    { "<｜User｜>", "<｜Assistant｜>" },
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{% if message.role == 'user' %}<｜User｜>{{ message.content }}"
    "{% elif message.role == 'assistant' %}<｜Assistant｜>{{ message.content }}{{ eos_token }}"
    "{% else %}{{ message.content }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<｜Assistant｜>{% endif %}",
  },
  {
    /* DeepSeek LLM and V2, and what a model without any format understands best. */
    "plain",
    { NULL },
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{% if message.role == 'user' %}User: {{ message.content }}\n\n"
    "{% elif message.role == 'assistant' %}Assistant: {{ message.content }}{{ eos_token }}"
    "{% else %}{{ message.content }}\n\n{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}",
  },
  { NULL },
};
