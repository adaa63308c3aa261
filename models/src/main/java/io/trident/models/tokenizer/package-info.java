/** Texts to token ids and back, through the Hugging Face tokenizers library. */
package io.trident.models.tokenizer;
