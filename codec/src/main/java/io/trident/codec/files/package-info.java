/** How the formats make, open and close their files; the same for all of them. */
package io.trident.codec.files;
