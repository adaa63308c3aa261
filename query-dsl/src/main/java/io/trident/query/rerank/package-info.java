/**
 * The search extension {@code cross_encoder}: reranks the top of a finished ranking on the
 * coordinating node, in one request to a model.
 */
package io.trident.query.rerank;
