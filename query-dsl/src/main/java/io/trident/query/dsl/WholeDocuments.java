/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.dsl;

/**
 * A Lucene query that matches documents and never what is nested in them, whatever the fields are
 * that it looks into.
 */
public interface WholeDocuments {}
