/**
 * The parts of statements that do nothing by themselves: expressions, clauses, definitions. They are looked through for
 * what is inside. A part that is neither here nor among the statements is unknown.
 */
export const passiveNodes: ReadonlySet<string> = new Set(
  `A_ArrayExpr A_Expr A_Indices A_Indirection A_Star AccessPriv Alias AlterTableCmd ATAlterConstraint BitString BoolExpr
  Boolean BooleanTest CTECycleClause CTESearchClause CaseExpr CaseWhen CoalesceExpr CollateClause ColumnDef ColumnRef
  CommonTableExpr Constraint CreateOpClassItem CurrentOfExpr DefElem Float FunctionParameter GroupingFunc GroupingSet
  IndexElem InferClause Integer JoinExpr JsonAggConstructor JsonArgument JsonArrayAgg JsonArrayConstructor
  JsonArrayQueryConstructor JsonBehavior JsonFormat JsonFuncExpr JsonIsPredicate JsonKeyValue JsonObjectAgg
  JsonObjectConstructor JsonOutput JsonParseExpr JsonReturning JsonScalarExpr JsonSerializeExpr JsonTable
  JsonTableColumn JsonTablePathSpec JsonValueExpr List LockingClause MergeSupportFunc MergeWhenClause MinMaxExpr
  MultiAssignRef NamedArgExpr NullTest ObjectWithArgs OnConflictClause ParamRef PartitionBoundSpec PartitionCmd
  PartitionElem PartitionRangeDatum PartitionSpec PublicationObjSpec PublicationTable RangeFunction RangeSubselect
  RangeTableFunc RangeTableFuncCol RangeTableSample RangeVar ReplicaIdentityStmt ResTarget ReturnStmt ReturningClause
  ReturningOption RoleSpec RowExpr SQLValueFunction SetToDefault SortBy StatsElem String SubLink TableLikeClause
  TriggerTransition TypeCast TypeName VacuumRelation WindowDef WithClause XmlExpr XmlSerialize`.split(/\s+/),
);
