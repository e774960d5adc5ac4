SELECT '#label', l.classoid, l.objoid, l.objsubid, NULL, l.provider, NULL, NULL, NULL, l.label
  FROM pg_seclabel l
