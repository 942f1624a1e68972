insert into naive default values returning number
