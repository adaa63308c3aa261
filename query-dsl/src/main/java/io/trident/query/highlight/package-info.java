/** The highlighter {@code max_sim}: marks the words whose token vectors answer a query's. */
package io.trident.query.highlight;
