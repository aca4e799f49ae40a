"""Given and family names of cultures with a script of their own, the commonest first.

A name is `native=Latin,Latin` and for given names `…:nickname,nickname`: the Latin spellings are those that
clerks, passports and the people themselves use.
"""

RUSSIAN = (
    """
        Анна=Anna:Аня,Anya Мария=Maria,Mariya:Маша,Masha Елена=Elena,Yelena:Лена,Lena
    Наталья=Natalia,Natalya:Наташа,Natasha
        Ольга=Olga:Оля,Olya Екатерина=Ekaterina,Yekaterina:Катя,Katya Татьяна=Tatiana,Tatyana:Таня,Tanya
        Ирина=Irina:Ира,Ira Светлана=Svetlana:Света,Sveta Юлия=Yulia,Julia:Юля,Yulya
    Анастасия=Anastasia:Настя,Nastya
        Александра=Alexandra,Aleksandra:Саша,Sasha Людмила=Lyudmila,Ludmila:Люда,Lyuda
    Ксения=Ksenia,Xenia:Ксюша,Ksyusha
    """,
    """
        Александр=Alexander,Aleksandr:Саша,Sasha,Шура Сергей=Sergey,Sergei:Серёжа,Seryozha
    Дмитрий=Dmitry,Dmitri:Дима,Dima
        Андрей=Andrey,Andrei:Андрюша Алексей=Alexey,Aleksei:Лёша,Lyosha Владимир=Vladimir:Вова,Vova,Володя
        Михаил=Mikhail,Michail:Миша,Misha Иван=Ivan:Ваня,Vanya Евгений=Evgeny,Yevgeni:Женя,Zhenya
    Николай=Nikolay,Nikolai:Коля,Kolya
        Павел=Pavel:Паша,Pasha Юрий=Yury,Yuri:Юра,Yura Константин=Konstantin:Костя,Kostya
    Пётр=Pyotr,Petr:Петя,Petya
        Фёдор=Fyodor,Fedor:Федя,Fedya Григорий=Grigory:Гриша,Grisha
    """,
    """
        Иванов=Ivanov Смирнов=Smirnov Кузнецов=Kuznetsov,Kuznecov Попов=Popov Васильев=Vasiliev,Vasilyev
    Петров=Petrov
        Соколов=Sokolov Михайлов=Mikhailov Новиков=Novikov Фёдоров=Fedorov,Fyodorov Морозов=Morozov
    Волков=Volkov
        Алексеев=Alekseev,Alexeyev Лебедев=Lebedev Семёнов=Semenov,Semyonov Егоров=Egorov,Yegorov
    Павлов=Pavlov Козлов=Kozlov
        Степанов=Stepanov Николаев=Nikolaev,Nikolayev Орлов=Orlov Андреев=Andreev,Andreyev Макаров=Makarov
    Никитин=Nikitin
        Захаров=Zakharov,Zaharov Зайцев=Zaitsev,Zaytsev Соловьёв=Solovyov,Soloviev Борисов=Borisov
    Яковлев=Yakovlev
        Григорьев=Grigoriev Романов=Romanov Воробьёв=Vorobyov Сергеев=Sergeev Кузьмин=Kuzmin
    Щербаков=Shcherbakov,Scherbakov
        Чайковский=Chaikovsky,Tchaikovsky Достоевский=Dostoevsky,Dostoyevskiy Хрущёв=Khrushchev,Hruschev
    Шевченко=Shevchenko
    """,
)

HEBREW = (
    """
        מרים=Miriam,Miryam:מירי,Miri שרה=Sarah,Sara:שרי,Sari רחל=Rachel,Rahel:רחלי,Racheli
    אסתר=Esther,Ester:אסתי,Esti
        חנה=Hana,Chana,Hannah:חני,Hani נועה=Noa,Noah תמר=Tamar:תמי,Tami יעל=Yael:יעלי,Yaeli
    מיכל=Michal:מיכלי,Michali
        אביגיל=Avigail,Abigail:אביגי,Avigi רבקה=Rivka,Rebecca:ריקי,Riki לאה=Leah,Lea שירה=Shira ענת=Anat
    עדי=Adi
        ציפורה=Tzipora,Zipora:ציפי,Tzipi אלישבע=Elisheva:אלי,Eli יהודית=Yehudit,Judith:יודי,Judy
    """,
    """
        משה=Moshe,Moses:מושיק,Moshik,Moishe דוד=David,Dovid:דודי,Dudi,דודו יוסף=Yosef,Joseph:יוסי,Yossi
    אברהם=Avraham,Abraham:אבי,Avi
        יעקב=Yaakov,Jacob,Yakov:קובי,Kobi יצחק=Yitzhak,Itzhak,Isaac:איציק,Itzik חיים=Haim,Chaim
    שלמה=Shlomo,Solomon:שלומי,Shlomi
        דניאל=Daniel:דני,Dani,Danny מיכאל=Michael:מיכה,Micha,מייקי יהודה=Yehuda,Judah:יודה,Yuda
    אליהו=Eliyahu:אלי,Eli
        שמואל=Shmuel,Samuel:שמוליק,Shmulik איתן=Eitan,Ethan אורי=Uri,Ori עומר=Omer נועם=Noam גיא=Guy
    אריאל=Ariel:אריק,Arik
        בנימין=Binyamin,Benjamin:בני,Beni,ביבי אלכסנדר=Alexander:אלכס,Alex מנחם=Menachem,Menahem:מני,Meni
    רפאל=Rafael:רפי,Rafi
    """,
    """
        כהן=Cohen,Kohen לוי=Levi,Levy מזרחי=Mizrahi,Mizrachi פרץ=Peretz,Perez ביטון=Biton,Bitton דהן=Dahan
    אברהם=Avraham
        פרידמן=Friedman,Fridman אגבאריה=Agbaria מלכה=Malka אזולאי=Azoulay,Azulai כץ=Katz יוסף=Yosef
    דוד=David חדד=Hadad,Haddad
        עמר=Amar אוחיון=Ohayon גבאי=Gabay,Gabbai יוסופוב=Yosupov שפירא=Shapira,Shapiro
    בן-דוד=Ben-David,Bendavid
        אשכנזי=Ashkenazi קליין=Klein סגל=Segal גולדשטיין=Goldstein,Goldshtein רוזנברג=Rosenberg,Rozenberg
    חזן=Hazan,Chazan
        בר=Bar שטרן=Stern,Shtern ויס=Weiss,Vais שרון=Sharon טל=Tal הלוי=Halevi,Halevy אילוז=Iluz
    מורדוב=Mordov פישר=Fisher,Fischer
    """,
)

ARABIC = (
    """
        فاطمة=Fatima,Fatma,Fatimah:فطوم,Fattoum عائشة=Aisha,Aysha مريم=Maryam,Mariam خديجة=Khadija
    نور=Noor,Nour سارة=Sara,Sarah
        زينب=Zainab,Zeinab:زوزو,Zuzu ليلى=Layla,Leila هدى=Huda,Hoda أسماء=Asma,Asmaa رانيا=Rania,Ranya
    سلمى=Salma دينا=Dina ياسمين=Yasmin,Yasmine
    """,
    """
        محمد=Mohammed,Muhammad,Mohamed,Mohammad:حمودة,Hamouda,Mo أحمد=Ahmed,Ahmad:حمادة,Hamada علي=Ali
    حسن=Hassan,Hasan
        محمود=Mahmoud,Mahmud حسين=Hussein,Husain,Hossein عمر=Omar,Umar خالد=Khaled,Khalid
    يوسف=Youssef,Yusuf,Yousef:جو,Joe إبراهيم=Ibrahim,Ebrahim:برهوم
        مصطفى=Mostafa,Mustafa عبدالله=Abdullah,Abdallah عبدالرحمن=Abdulrahman,Abdelrahman:عبده,Abdo
    كريم=Karim,Kareem
        طارق=Tarek,Tariq سعيد=Saeed,Said فيصل=Faisal ياسر=Yasser,Yasir
    """,
    """
        المنصوري=Al-Mansoori,Almansoori,Mansouri الهاشمي=Al-Hashimi,Hashemi حسن=Hassan,Hasan علي=Ali
    محمد=Mohamed,Mohammed
        السيد=El-Sayed,Elsayed,Al-Sayed الشامسي=Al-Shamsi,Alshamsi خليل=Khalil منصور=Mansour
    حداد=Haddad,Hadad صالح=Saleh,Salih
        إبراهيم=Ibrahim المصري=El-Masry,Almasri عثمان=Osman,Othman فرج=Farag,Faraj
    النعيمي=Al-Nuaimi,Alnuaimi سليمان=Suleiman,Soliman
        الزعابي=Al-Zaabi,Alzaabi الحداد=Al-Haddad يوسف=Youssef جمال=Gamal,Jamal ناصر=Nasser,Nasir
    الخطيب=El-Khatib,Khatib
    """,
)

INDIAN = (
    """
        प्रिया=Priya,Pria:Pri सुनीता=Sunita,Suneeta अनीता=Anita पूजा=Pooja,Puja नेहा=Neha
    लक्ष्मी=Lakshmi,Laxmi:Lucky कविता=Kavita,Kavitha
        अंजलि=Anjali:Anju दीपिका=Deepika,Dipika:Deepu शिवानी=Shivani ऐश्वर्या=Aishwarya,Aishvarya:Aishu
    मीनाक्षी=Meenakshi,Minakshi:Meena
    """,
    """
        राजेश=Rajesh:Raj,Raju संजय=Sanjay:Sanju अमित=Amit विजय=Vijay,Vijai सुनील=Sunil,Suneel:Sunny
    राहुल=Rahul अनिल=Anil
        मनोज=Manoj:Manu अजय=Ajay दीपक=Deepak,Dipak:Deepu विक्रम=Vikram:Vicky कृष्ण=Krishna,Krushna:Kris
    वेंकटेश=Venkatesh:Venkat
        सुब्रमण्यम=Subramaniam,Subramanyam:Subbu मुकेश=Mukesh सचिन=Sachin अर्जुन=Arjun
    """,
    """
        कुमार=Kumar शर्मा=Sharma,Sarma सिंह=Singh,Sinh पटेल=Patel गुप्ता=Gupta वर्मा=Verma,Varma
    रेड्डी=Reddy मिश्रा=Mishra,Misra
        यादव=Yadav जोशी=Joshi मेहता=Mehta शाह=Shah नायर=Nair,Nayar अय्यर=Iyer,Aiyar
    चौधरी=Chaudhary,Choudhury,Chowdhury दास=Das
        मुखर्जी=Mukherjee,Mukherji बनर्जी=Banerjee,Bannerji देसाई=Desai अग्रवाल=Agarwal,Aggarwal राव=Rao
    पिल्लै=Pillai
    """,
)

CHINESE = (
    """
        秀英=Xiuying 丽=Li 敏=Min 静=Jing 芳=Fang 娜=Na 秀兰=Xiulan 桂英=Guiying 艳=Yan 婷婷=Tingting 雪=Xue 梅=Mei
        晓红=Xiaohong 玉兰=Yulan 思雨=Siyu
    """,
    """
        伟=Wei 强=Qiang 磊=Lei 军=Jun 洋=Yang 勇=Yong 杰=Jie 涛=Tao 明=Ming 超=Chao 建国=Jianguo 志强=Zhiqiang
        文博=Wenbo 海涛=Haitao 家豪=Jiahao 子轩=Zixuan
    """,
    """
        王=Wang,Wong 李=Li,Lee 张=Zhang,Cheung 刘=Liu,Lau 陈=Chen,Chan 杨=Yang,Yeung 黄=Huang,Wong 赵=Zhao,Chiu
    吴=Wu,Ng 周=Zhou,Chow
        徐=Xu,Hsu 孙=Sun 马=Ma 朱=Zhu,Chu 胡=Hu,Wu 郭=Guo,Kwok 何=He,Ho 林=Lin,Lam 高=Gao,Ko 欧阳=Ouyang 司马=Sima
    """,
)
