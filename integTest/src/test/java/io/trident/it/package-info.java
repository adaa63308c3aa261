/** Tests of the installed plugin over HTTP, in the real distribution. */
package io.trident.it;
