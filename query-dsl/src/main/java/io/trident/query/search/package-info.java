/**
 * A search as a whole, whatever its queries are: the filters around it, what its threads know of
 * it, and its response.
 */
package io.trident.query.search;
